using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Serving;

public class TextModelTests
{
    private static AdapterMethod? Method(string name) => name == "head only" ? null : AdapterMethodTable.Get(name);

    private static readonly string[] _texts = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + i % 26), i % 17))];

    public static TheoryData<string> Methods => ["head only", .. AdapterMethodTable.AllNames];

    public static TheoryData<string> AdapterMethods => [.. AdapterMethodTable.AllNames];

    [Fact]
    public void MultiLabelScoresAreTheSigmoidsOfWhatASoftmaxIsMadeOf()
    {
        string[] texts = ["a text", "another one", ""];
        using TextModel classes = TinyTextModel.Create();
        using TextModel labels = TinyTextModel.Create(TinyTextModel.Description with { Kind = TextModelKind.MultiLabelClassification });
        TextScores softmax = classes.Predict(texts), sigmoid = labels.Predict(texts);
        for (int row = 0; row < texts.Length; row++)
        {
            double[] odds = [.. sigmoid.Row(row).ToArray().Select(p => p / (1.0 - p))];
            Assert.Equal(softmax.Row(row).ToArray(), odds.Select(o => (float)(o / odds.Sum())), (a, b) => Math.Abs(a - b) < 1e-5);
        }
    }

    [Fact]
    public void ScoresAreProbabilitiesAndDoNotDependOnTheOtherRows()
    {
        using TextModel model = TinyTextModel.Create(method: new DeLoRAMethod { Rank = 3 });
        TextScores together = model.Predict(_texts);
        for (int row = 0; row < _texts.Length; row++)
        {
            float[] alone = model.Predict([_texts[row]]).Values.ToArray();
            Assert.Equal(1, alone.Sum(), 1e-5);
            Assert.Equal(together.Row(row).ToArray(), alone, Same);
        }
    }

    [Fact]
    public void RowsShareForwardPasses()
    {
        using TextModel model = TinyTextModel.Create();
        long before = model.ForwardPasses;
        model.Predict(_texts);
        Assert.Equal(1, model.ForwardPasses - before);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void LoadingGivesBitEqualScores(string name)
    {
        AdapterMethod? method = Method(name);
        using TextModel model = TinyTextModel.Create(method: method);
        using TextModel loaded = SaveAndLoad(model);
        Assert.Equal(model.Predict(_texts).Values.ToArray(), loaded.Predict(_texts).Values.ToArray());
        Assert.Equal(model.Description.Labels, loaded.Description.Labels);
        using TextModel again = SaveAndLoad(loaded);
        Assert.Equal(model.Predict(_texts).Values.ToArray(), again.Predict(_texts).Values.ToArray());
    }

    [Theory]
    [MemberData(nameof(AdapterMethods))]
    public void AdaptersChangeScores(string name)
    {
        using TextModel plain = TinyTextModel.Create();
        using TextModel adapted = TinyTextModel.Create(method: Method(name));
        Assert.True(plain.Predict(_texts).Values.ToArray().Zip(adapted.Predict(_texts).Values.ToArray())
            .Max(p => Math.Abs(p.First - p.Second)) > 1e-3, name);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void TheBaseIsSavedBitByBitInItsOwnType(string name)
    {
        using TextModel model = TinyTextModel.Create(method: Method(name));
        var saved = SavedStreams.Of(model);
        using SafeTensorsFile weights = SafeTensorsFile.FromBytes(saved["model.safetensors"], name);
        using SafeTensorsFile original = SafeTensorsFile.Open(Path.Combine(TinyBase.Directory, "model.safetensors"));
        Assert.Equal(original.Names.Order(), weights.Names.Order());
        foreach (string tensor in original.Names)
        {
            Assert.Equal(TensorDataType.Float16, weights.DataType(tensor));
            Assert.Equal(original.ReadBytes(tensor), weights.ReadBytes(tensor));
        }
    }

    [Fact]
    public void TheTrainedPartHasPeftsNames()
    {
        using TextModel model = TinyTextModel.Create(method: new DeLoRAMethod { Initialization = DeLoRAInitialization.ZeroB });
        using SafeTensorsFile trained = SafeTensorsFile.FromBytes(SavedStreams.Of(model)["adapter_model.safetensors"], "adapter");
        Assert.Contains("base_model.model.roberta.encoder.layer.1.attention.self.value.delora_A", trained.Names);
        Assert.Contains("base_model.model.classifier.out_proj.weight", trained.Names);
        Assert.All(trained.Names, n => Assert.Equal(TensorDataType.Float32, trained.DataType(n)));
    }

    [Fact]
    public void OneOutputIsARawValue()
    {
        using TextModel model =
            TinyTextModel.Create(TinyTextModel.Description with { Kind = TextModelKind.Regression, OutputCount = 1, Labels = [] });
        TextScores scores = model.Predict(_texts);
        Assert.Equal(_texts.Length, scores.Values.Length);
        Assert.NotEqual(1, scores.Values.Span[1]);
        using TextModel loaded = SaveAndLoad(model);
        Assert.Equal(scores.Values.ToArray(), loaded.Predict(_texts).Values.ToArray());
    }

    [Fact]
    public void PairsDependOnBothTexts()
    {
        using TextModel model = TinyTextModel.Create(TinyTextModel.Description with { TakesPairs = true });
        float[] scores = model.Predict(["ab", "ab", "ba"], ["xy", "yx", "xy"]).Values.ToArray();
        Assert.NotEqual(scores[..3], scores[3..6]);
        Assert.NotEqual(scores[..3], scores[6..]);
        Assert.Throws<ArgumentException>(() => model.Predict(["ab"]));
        Assert.Throws<ArgumentException>(() => model.Predict(["ab"], ["x", "y"]));
    }

    [Fact]
    public void SingleTextsTakeNoSecondText()
    {
        using TextModel model = TinyTextModel.Create();
        Assert.Throws<ArgumentException>(() => model.Predict(["ab"], ["xy"]));
    }

    [Fact]
    public void CutRowsAreCounted()
    {
        using TextModel model = TinyTextModel.Create();
        string fits = new('x', 30), tooLong = new('x', 31);
        TextScores scores = model.Predict([fits, tooLong, tooLong + "y", ""]);
        Assert.Equal(2, scores.TruncatedRows);
        Assert.Equal(scores.Row(0).ToArray(), scores.Row(2).ToArray(), Same);
    }

    [Fact]
    public void NoTextGivesNoScore()
    {
        using TextModel model = TinyTextModel.Create();
        Assert.Equal(0, model.Predict([]).Values.Length);
    }

    [Fact]
    public void ManyThreadsGetTheSameScores()
    {
        using TextModel model = TinyTextModel.Create(method: new DeLoRAMethod { Rank = 3 });
        float[] expected = model.Predict(_texts).Values.ToArray();
        var found = new float[8][];
        Thread[] threads =
            [.. Enumerable.Range(0, found.Length).Select(i => new Thread(() => found[i] = model.Predict(_texts).Values.ToArray()))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(found, f => Assert.Equal(expected, f, Same));
    }

    [Fact]
    public void ADisposedModelSaysSo()
    {
        TextModel model = TinyTextModel.Create();
        model.Dispose();
        model.Dispose();
        string message = Assert.Throws<ObjectDisposedException>(() => model.Predict(["x"])).Message;
        Assert.Contains("a PredictionEngine disposes its transformer unless PredictionEngineOptions.OwnsTransformer is false", message);
        Assert.Throws<ObjectDisposedException>(() => model.Save(Stream.Null));
    }

    [Fact]
    public void DisposingWaitsForThoseWhoPredict()
    {
        for (int round = 0; round < 20; round++)
        {
            TextModel model = TinyTextModel.Create(method: new DeLoRAMethod { Rank = 3 });
            float[] expected = model.Predict(_texts).Values.ToArray();
            using var started = new CountdownEvent(4);
            var ends = new Exception[4];
            Thread[] threads = [.. Enumerable.Range(0, ends.Length)
                .Select(i => new Thread(() => ends[i] = PredictUntilDisposed(model, expected, started)))];
            foreach (Thread thread in threads)
                thread.Start();
            started.Wait();
            model.Dispose();
            foreach (Thread thread in threads)
                thread.Join();
            Assert.All(ends, end => Assert.IsType<ObjectDisposedException>(end));
        }
    }

    [Fact]
    public void DisposingWithinAPredictionLetsItEnd()
    {
        TextModel model = TinyTextModel.Create();
        float[] expected = model.Predict(["a", "b"]).Values.ToArray();
        var texts = new Watched(["a", "b"], model.Dispose);
        Assert.Equal(expected, model.Predict(texts).Values.ToArray());
        Assert.Throws<ObjectDisposedException>(() => model.Predict(["x"]));
        Assert.All(model.Parts.Classifier.Head.Parameters, p => Assert.True(p.Value.IsInvalid));
    }

    [Fact]
    public void DisposingOnAnotherThreadEndsAfterThePrediction()
    {
        TextModel model = TinyTextModel.Create();
        bool freed = true, closed = false;
        var disposing = new Thread(model.Dispose);
        var texts = new Watched(["a", "b"], () =>
        {
            disposing.Start();
            // The gate closes first; the tensors stay while this prediction runs.
            while (!closed)
                closed = Record.Exception(() => model.Predict(["x"])) is ObjectDisposedException;
            freed = disposing.Join(0);
        });
        Assert.Equal(2 * model.Description.OutputCount, model.Predict(texts).Values.Length);
        disposing.Join();
        Assert.False(freed);
    }

    private static Exception PredictUntilDisposed(TextModel model, float[] expected, CountdownEvent started)
    {
        bool first = true;
        try
        {
            while (true)
            {
                Assert.Equal(expected, model.Predict(_texts).Values.ToArray(), Same);
                if (first)
                    started.Signal();
                first = false;
            }
        }
        catch (Exception e)
        {
            if (first)
                started.Signal();
            return e;
        }
    }

    /// <summary>Texts that do something when the first one is read.</summary>
    private sealed class Watched(string[] texts, Action onFirst) : IReadOnlyList<string>
    {
        private bool _seen;

        public int Count => texts.Length;

        public string this[int index]
        {
            get
            {
                if (!_seen)
                {
                    _seen = true;
                    onFirst();
                }
                return texts[index];
            }
        }

        public IEnumerator<string> GetEnumerator() => texts.AsEnumerable().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Fact]
    public void PrecisionIsKept()
    {
        using TextModel model =
            TinyTextModel.Create(TinyTextModel.Description with { Precision = ComputePrecision.BFloat16 }, new DeLoRAMethod { Rank = 3 });
        using TextModel loaded = SaveAndLoad(model);
        Assert.Equal(model.Predict(_texts).Values.ToArray(), loaded.Predict(_texts).Values.ToArray());
        using TextModel exact = TinyTextModel.Create(method: new DeLoRAMethod { Rank = 3 });
        Assert.NotEqual(exact.Predict(_texts).Values.ToArray(), loaded.Predict(_texts).Values.ToArray());
    }

    // Another batch, or another thread, may add the same numbers in another order: a few units in the last place of numbers near 1.
    private static bool Same(float a, float b) => Math.Abs(a - b) < 1e-5;

    private static TextModel SaveAndLoad(TextModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        stream.Position = 0;
        return TextModel.Load(stream, TestDevice.Current);
    }
}
