using System.IO.Compression;
using System.Text;
using DeLoRA.TestSupport;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>mlContext.Model.Save and Load, here and in another process.</summary>
public sealed class SaveLoadTests : IDisposable
{
    private static readonly string[] _texts = [.. Toy.Rows(45, seed: 8).Select(r => r.Text)];

    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _context = TestDevice.Context(1);
    private readonly DeLoRATextClassificationOptions _quick = Toy.Options with { Training = new() { Seed = 1, Epochs = 2 } };
    private readonly DeLoRATextMultiLabelClassificationOptions _quickLabels =
        Toy.MultiLabel with { Training = new() { Seed = 1, Epochs = 2 } };
    private readonly DeLoRATextRegressionOptions _quickRegression = Toy.Regression with { Training = new() { Seed = 1, Epochs = 2 } };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false, TextModelKind.Classification)]
    [InlineData(true, TextModelKind.Classification)]
    [InlineData(false, TextModelKind.Regression)]
    [InlineData(true, TextModelKind.Regression)]
    [InlineData(false, TextModelKind.MultiLabelClassification)]
    public void AnotherProcessGivesBitEqualScores(bool inAChain, TextModelKind kind)
    {
        IDataView data = inAChain ? _context.Data.LoadFromEnumerable(Toy.Rows(30)) : Toy.Data(_context, Toy.Rows(30));
        ITransformer model = (inAChain, kind) switch
        {
            (false, TextModelKind.Classification) => Toy.Fit(_context, data, _quick),
            (true, TextModelKind.Classification) => Toy.Pipeline(_context, _quick).Fit(data),
            (false, TextModelKind.MultiLabelClassification) => Toy.Fit(_context, data, _quickLabels),
            (false, _) => Toy.Fit(_context, data, _quickRegression),
            (true, _) => _context.Transforms.Conversion.MapValueToKey("Key", "Class")
                .Append(_context.Transforms.DeLoRATextRegression(_quickRegression)).Fit(data),
        };
        string file = _directory["model.zip"];
        _context.Model.Save(model, data.Schema, file);
        float[] expected = OtherProcess.Score(_context, model, _texts);
        Assert.Equal(expected, OtherProcess.ScoreThere(file, _texts));
    }

    [Fact]
    public void ALoadedModelIsTheSameTransformer()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(30));
        using DeLoRATextTransformer model = Toy.Fit(_context, data,
            _quick with { PredictedLabelColumnName = "Guess", ScoreColumnName = "Chances", SecondTextColumnName = "Second" });
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var other = TestDevice.Context();
        using var loaded = Assert.IsType<DeLoRATextTransformer>(other.Model.Load(stream, out DataViewSchema schema));
        Assert.Equal(data.Schema.Select(c => c.Name), schema.Select(c => c.Name));
        IDataView expected = model.Transform(data), found = loaded.Transform(data);
        Assert.Equal(expected.Schema.Select(c => c.ToString()), found.Schema.Select(c => c.ToString()));
        Assert.Equal(expected.GetColumn<float[]>("Chances").SelectMany(s => s), found.GetColumn<float[]>("Chances").SelectMany(s => s));
        Assert.Equal(expected.GetColumn<uint>("Guess"), found.GetColumn<uint>("Guess"));
        VBuffer<ReadOnlyMemory<char>> names = default;
        found.Schema["Guess"].GetKeyValues(ref names);
        Assert.Equal(Toy.Classes, names.DenseValues().Select(n => n.ToString()));
        Assert.Null(loaded.Training);
    }

    [Fact]
    public void ALoadedRegressionIsTheSameTransformer()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(30));
        using DeLoRATextTransformer model =
            Toy.Fit(_context, data, _quickRegression with { ScoreColumnName = "Guess", SecondTextColumnName = "Second" });
        string file = _directory["model.zip"];
        _context.Model.Save(model, data.Schema, file);
        using var loaded = Assert.IsType<DeLoRATextTransformer>(TestDevice.Context().Model.Load(file, out _));
        IDataView expected = model.Transform(data), found = loaded.Transform(data);
        Assert.Equal(expected.Schema.Select(c => c.ToString()), found.Schema.Select(c => c.ToString()));
        Assert.Equal(expected.GetColumn<float>("Guess"), found.GetColumn<float>("Guess"));
        Assert.Null(loaded.Training);
    }

    [Fact]
    public void ALoadedMultiLabelClassifierIsTheSameTransformer()
    {
        IDataView data = Toy.Load(_context, Toy.LabelRows(30));
        using DeLoRATextTransformer model = Toy.Fit(_context, data,
            _quickLabels with
            {
                PredictedLabelsColumnName = "Guess",
                ScoreColumnName = "Chances",
                SecondTextColumnName = "Second",
                Threshold = 0.45f
            });
        string file = _directory["model.zip"];
        _context.Model.Save(model, data.Schema, file);
        using var loaded = Assert.IsType<DeLoRATextTransformer>(TestDevice.Context().Model.Load(file, out DataViewSchema schema));
        Assert.Equal(data.Schema.Select(c => c.Name), schema.Select(c => c.Name));
        IDataView expected = model.Transform(data), found = loaded.Transform(data);
        Assert.Equal(expected.Schema.Select(c => c.ToString()), found.Schema.Select(c => c.ToString()));
        Assert.Equal(expected.GetColumn<float[]>("Chances").SelectMany(s => s), found.GetColumn<float[]>("Chances").SelectMany(s => s));
        bool[] guesses = [.. expected.GetColumn<bool[]>("Guess").SelectMany(g => g)];
        Assert.Equal(guesses, found.GetColumn<bool[]>("Guess").SelectMany(g => g));
        Assert.Equal(expected.GetColumn<float[]>("Chances").SelectMany(s => s).Select(s => s > 0.45f), guesses);
        VBuffer<ReadOnlyMemory<char>> names = default;
        found.Schema["Guess"].GetSlotNames(ref names);
        Assert.Equal(Toy.Classes, names.DenseValues().Select(n => n.ToString()));
        Assert.Null(loaded.Training);
    }

    [Fact]
    public void TheBaseDirectoryIsNotNeededOnceTrainingRuns()
    {
        using var baseDirectory = new TemporaryDirectory();
        Models.TinyBase.WriteTo(baseDirectory.Path);
        IDataView data = Toy.Data(_context, Toy.Rows(30));
        var progress = new OnFirstStep(() =>
        {
            foreach (string file in Directory.GetFiles(baseDirectory.Path))
                File.WriteAllText(file, "gone");
        });
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick with { BaseModel = baseDirectory.Path, Progress = progress });
        using DeLoRATextTransformer undisturbed = Toy.Fit(_context, data, _quick);
        using DeLoRATextTransformer loaded = Reload(model, data.Schema);
        Assert.Equal(Toy.Scores(undisturbed.Transform(data)), Toy.Scores(model.Transform(data)));
        Assert.Equal(Toy.Scores(model.Transform(data)), Toy.Scores(loaded.Transform(data)));
    }

    /// <summary>Values of label columns of other types than text come back bit by bit.</summary>
    [Fact]
    public void LabelValuesOfEveryTypeComeBack()
    {
        IDataView view = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new EveryType(i)));
        foreach (string column in typeof(EveryType).GetProperties().Select(p => p.Name).Where(n => n != "Text"))
        {
            IDataView data = _context.Transforms.Conversion.MapValueToKey("Label", column).Fit(view).Transform(view);
            using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick with { Training = new() { Seed = 1, Epochs = 1 } });
            using DeLoRATextTransformer loaded = Reload(model, data.Schema);
            IEstimator<ITransformer> names = _context.Transforms.Conversion.MapKeyToValue("Back", "PredictedLabel");
            Assert.Equal(Back(model.Transform(data)), Back(loaded.Transform(data)));

            string[] Back(IDataView scored)
            {
                IDataView named = names.Fit(scored).Transform(scored);
                return [named.Schema["Back"].Type.ToString()!,
                    .. named.Preview().RowView.Select(r => r.Values.Single(v => v.Key == "Back").Value.ToString()!)];
            }
        }
    }

    [Theory]
    [InlineData("columns.json", "\"text\": \"Text\"", "\"text\": \"\"", "no name")]
    [InlineData("columns.json", "\"label_type\": \"text\"", "\"label_type\": \"System.Object\"", "System.Object")]
    [InlineData("columns.json", "\"label_type\": \"text\"", "\"label_type\": \"int32\"", "int32")]
    [InlineData("columns.json", "\"middle\",", "", "label values")]
    [InlineData("columns.json", "{", "", "columns.json")]
    [InlineData("model.json", "\"output_count\": 3", "\"output_count\": 2", "2")]
    [InlineData("adapter_config.json", "\"DeLoRA\"", "\"mine\"", "'mine' is not known")]
    [InlineData("adapter_config.json", "\"DeLoRA\"", "\"mine\"", "AdapterMethods.Register")]
    public void ADamagedFileIsRefused(string stream, string replaced, string replacement, string said)
    {
        IDataView data = Toy.Data(_context, Toy.Rows(12));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        RefuseDamaged(model, data.Schema, stream, replaced, replacement, said);
    }

    [Theory]
    [InlineData("columns.json", "\"score\": \"Score\"", "\"score\": \"\"", "no name")]
    [InlineData("columns.json", "\"predicted_label\": null", "\"predicted_label\": \"PredictedLabel\"", "predicted label")]
    [InlineData("model.json", "\"output_count\": 1", "\"output_count\": 2", "2")]
    [InlineData("model.json", "\"kind\": \"regression\"", "\"kind\": \"classification\"", "1 outputs")]
    [InlineData("model.json", "\"kind\": \"regression\"", "\"kind\": \"number\"", "model.json")]
    public void ADamagedRegressionIsRefused(string stream, string replaced, string replacement, string said)
    {
        IDataView data = Toy.Data(_context, Toy.Rows(12));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quickRegression);
        RefuseDamaged(model, data.Schema, stream, replaced, replacement, said);
    }

    [Theory]
    [InlineData("columns.json", "\"score\": \"Score\"", "\"score\": \"\"", "no name")]
    [InlineData("columns.json", "\"score\": \"Score\"", "\"score\": \"PredictedLabels\"", "that of the score")]
    [InlineData("columns.json", "\"predicted_label\": \"PredictedLabels\"", "\"predicted_label\": null", "predicted labels")]
    [InlineData("columns.json", "\"threshold\": 0.5", "\"threshold\": null", "threshold")]
    [InlineData("columns.json", "\"threshold\": 0.5", "\"threshold\": 1e30", "threshold")]
    [InlineData("columns.json", "\"threshold\": 0.5", "\"threshold\": \"NaN\"", "threshold")]
    [InlineData("columns.json", "\"label_type\": null", "\"label_type\": \"text\"", "label values")]
    [InlineData("model.json", "\"output_count\": 3", "\"output_count\": 0", "0 outputs")]
    [InlineData("model.json", "\"middle\",", "", "3 outputs but 2 labels")]
    [InlineData("model.json", "\"middle\"", "\"low\"", "same name")]
    [InlineData("model.json", "\"kind\": \"multi_label_classification\"", "\"kind\": \"classification\"", "threshold")]
    [InlineData("model.json", "\"kind\": \"multi_label_classification\"", "\"kind\": \"regression\"", "3 outputs")]
    public void ADamagedMultiLabelClassifierIsRefused(string stream, string replaced, string replacement, string said)
    {
        IDataView data = Toy.Data(_context, Toy.Rows(12));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quickLabels);
        RefuseDamaged(model, data.Schema, stream, replaced, replacement, said);
    }

    [Fact]
    public void AClassifierThatIsMadeMultiLabelIsRefused()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(12));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        RefuseDamaged(model, data.Schema, "model.json", "\"kind\": \"classification\"", "\"kind\": \"multi_label_classification\"",
            "label values");
    }

    private void RefuseDamaged(ITransformer model, DataViewSchema schema, string stream, string replaced, string replacement, string said)
    {
        string file = _directory["model.zip"];
        _context.Model.Save(model, schema, file);
        using (ZipArchive archive = ZipFile.Open(file, ZipArchiveMode.Update))
        {
            ZipArchiveEntry entry = archive.Entries.Single(e => e.Name == stream);
            string folder = entry.FullName[..^stream.Length];
            string content = Encoding.UTF8.GetString(Content(entry));
            Assert.Contains(replaced, content);
            Replace(entry, Encoding.UTF8.GetBytes(content.Replace(replaced, replacement)));
            // The checksums fit, so that the fault itself is found.
            string[] others = ["Model.key", ModelManifest.FileName];
            var streams = archive.Entries.Where(e => e.FullName.StartsWith(folder, StringComparison.Ordinal) && !others.Contains(e.Name))
                .Select(e => KeyValuePair.Create(e.Name, Content(e)));
            Replace(archive.GetEntry(folder + ModelManifest.FileName)!, SavedStreams.Manifest(streams));
        }
        Exception found = Assert.ThrowsAny<Exception>(() => TestDevice.Context().Model.Load(file, out _));
        Assert.Contains(said, Chain(found).OfType<InvalidDataException>().First().Message);
        Assert.Contains(said, Assert.Throws<InvalidDataException>(() => TestDevice.Context().Model.LoadWhole(file, out _)).Message);
    }

    [Fact]
    public void ADamagedTensorIsNamedByWhatMLNetHandsOn()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(12));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        string file = _directory["model.zip"];
        _context.Model.Save(model, data.Schema, file);
        using (ZipArchive archive = ZipFile.Open(file, ZipArchiveMode.Update))
        {
            ZipArchiveEntry entry = archive.Entries.Single(e => e.Name == "adapter_model.safetensors");
            byte[] content = Content(entry);
            content[^1] ^= 1;
            Replace(entry, content);
        }
        Exception found = Assert.ThrowsAny<Exception>(() => TestDevice.Context().Model.Load(file, out _));
        string message = Chain(found).OfType<InvalidDataException>().First().Message;
        Assert.Contains("'adapter_model.safetensors' is not as it was saved", message);
        Assert.Matches("tensor 'base_model\\.model\\.[a-zA-Z0-9_.]+' has other values", message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LoadWholeThrowsWhatIsWrongAsItIs(bool inAChain)
    {
        IDataView data = inAChain ? _context.Data.LoadFromEnumerable(Toy.Rows(12)) : Toy.Data(_context, Toy.Rows(12));
        ITransformer model = inAChain ? Toy.Pipeline(_context, _quick).Fit(data) : Toy.Fit(_context, data, _quick);
        string file = _directory["model.zip"];
        _context.Model.SaveWhole(model, data.Schema, file);
        ITransformer loaded = TestDevice.Context().Model.LoadWhole(file, out DataViewSchema schema);
        Assert.Equal(data.Schema.Select(c => c.Name), schema.Select(c => c.Name));
        Assert.Equal(Toy.Scores(model.Transform(data)), Toy.Scores(loaded.Transform(data)));
        using (ZipArchive archive = ZipFile.Open(file, ZipArchiveMode.Update))
        {
            ZipArchiveEntry entry = archive.Entries.Single(e => e.Name == "adapter_model.safetensors");
            byte[] content = Content(entry);
            content[^1] ^= 1;
            Replace(entry, content);
        }
        InvalidDataException found = Assert.Throws<InvalidDataException>(() => TestDevice.Context().Model.LoadWhole(file, out _));
        Assert.Contains("'adapter_model.safetensors' is not as it was saved", found.Message);
        // Its own stack trace, not that of the throwing again.
        Assert.Contains(nameof(TextModelFile), found.StackTrace);
    }

    [Fact]
    public void LoadWholeSaysThatThereIsNoFileOrNoModel()
    {
        Assert.ThrowsAny<IOException>(() => _context.Model.LoadWhole(_directory["none.zip"], out _));
        File.WriteAllText(_directory["text.zip"], "no zip file");
        Assert.Throws<FormatException>(() => _context.Model.LoadWhole(_directory["text.zip"], out _));
        Assert.Throws<ArgumentException>(() => _context.Model.LoadWhole("", out _));
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static void Replace(ZipArchiveEntry entry, byte[] content)
    {
        using Stream stream = entry.Open();
        stream.SetLength(0);
        stream.Write(content);
    }

    [Fact]
    public void AGpuThatIsNotThereIsSaidOnLoading()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(12));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        string file = _directory["model.zip"];
        _context.Model.Save(model, data.Schema, file);
        Exception found = Assert.ThrowsAny<Exception>(() => new MLContext { GpuDeviceId = 99 }.Model.Load(file, out _));
        Assert.Contains("GPU 99", Chain(found).OfType<InvalidOperationException>().Last().Message);
    }

    // ML.NET may wrap what a loader throws.
    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            yield return exception;
    }

    private DeLoRATextTransformer Reload(DeLoRATextTransformer model, DataViewSchema schema)
    {
        string file = _directory["reload.zip"];
        _context.Model.Save(model, schema, file);
        return (DeLoRATextTransformer)TestDevice.Context().Model.Load(file, out _);
    }

    private sealed class OnFirstStep(Action act) : IProgress<TrainingProgress>
    {
        private bool _done;

        public void Report(TrainingProgress value)
        {
            if (!_done)
                act();
            _done = true;
        }
    }

    private sealed class EveryType
    {
        public EveryType()
        {
        }

        public EveryType(int i)
        {
            int k = i % 2;
            Text = $"text {i}";
            Boolean = k == 0;
            Byte = (byte)(k + 250);
            Int16 = (short)(k - 300);
            UInt16 = (ushort)(k + 40_000);
            Int32 = k - 70_000;
            UInt32 = (uint)k + 3_000_000_000;
            Int64 = k - 5_000_000_000;
            UInt64 = (ulong)k + 10_000_000_000_000_000_000;
            Single = k + 0.1f;
            Double = k + 0.1;
            Span = TimeSpan.FromTicks(k + 1);
            Date = new DateTime(2024, 2, 29 - k, 1, 2, 3, DateTimeKind.Utc).AddTicks(7);
            Offset = new DateTimeOffset(2024, 2, 29 - k, 1, 2, 3, TimeSpan.FromHours(-3));
        }

        public string Text { get; set; } = "";

        public bool Boolean { get; set; }

        public byte Byte { get; set; }

        public short Int16 { get; set; }

        public ushort UInt16 { get; set; }

        public int Int32 { get; set; }

        public uint UInt32 { get; set; }

        public long Int64 { get; set; }

        public ulong UInt64 { get; set; }

        public float Single { get; set; }

        public double Double { get; set; }

        public TimeSpan Span { get; set; }

        public DateTime Date { get; set; }

        public DateTimeOffset Offset { get; set; }
    }
}
