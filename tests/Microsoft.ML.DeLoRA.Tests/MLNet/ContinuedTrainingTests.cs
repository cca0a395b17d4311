using System.IO.Compression;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>Training that goes on from a saved model, or from an adapter in PEFT's format.</summary>
public sealed class ContinuedTrainingTests : IDisposable
{
    private static readonly string[] _texts = ["abcde", "klmno", "vwxyz", "a text", ""];

    // So small that nothing moves: what comes out is what training started from, but for the last bits.
    private const double Still = 1e-12;

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_encoder_of_a_saved_model_is_a_base_as_it_predicts(bool mlnet)
    {
        using TextModel model = Saved(mlnet);
        using BaseModel source = BaseModel.Open(_folder["m.zip"]);
        Assert.Equal(3, source.HeadOutputs);
        using TrainableModel again = TrainableModel.FromHead(source, TestDevice.Current);
        using TextModel same = new(again.Finish(model.Description));
        // The merged weights are the same numbers.
        Assert.Equal(model.Predict(_texts).Values.ToArray(), same.Predict(_texts).Values.ToArray());
    }

    [Fact]
    public void Its_head_is_taken_over_by_the_labels_names()
    {
        using TextModel model = Saved(mlnet: true);
        string[] names = [.. model.Description.Labels];
        string[] turned = [names[2], names[0], names[1]];
        var task = new HeadLabels(TextModelKind.Classification, 3, turned);
        using TrainableModel again = TrainableModel.Create(_folder["m.zip"], adapter: null, 3, seed: 9, TestDevice.Current, task);
        Assert.True(again.TakesHeadOver);
        using TextModel other = new(again.Finish(model.Description with { Labels = turned }));
        foreach (string text in _texts)
        {
            float[] before = model.Predict([text]).Values.ToArray(), after = other.Predict([text]).Values.ToArray();
            Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(before[Array.IndexOf(names, turned[i])], after[i], 1e-6f));
        }
    }

    [Fact]
    public void Labels_that_are_new_begin_anew()
    {
        using TextModel model = Saved(mlnet: true);
        string[] names = [.. model.Description.Labels];
        using TrainableModel some = TrainableModel.Create(
            _folder["m.zip"], null, 2, seed: 9, TestDevice.Current, new HeadLabels(TextModelKind.Classification, 2, ["new", names[1]]));
        Assert.Contains("new in it are 'new'", some.HeadNote);
        float[] trained = model.Parts.Classifier.Head.Parameters[2].Value.ToArray(),
            own = some.Classifier.Head.Parameters[2].Value.ToArray();
        Assert.Equal(trained[32..64], own[32..64]);
        Assert.NotEqual(trained[..32], own[..32]);
        Assert.Equal(model.Parts.Classifier.Head.Parameters[0].Value.ToArray(), some.Classifier.Head.Parameters[0].Value.ToArray());

        foreach (HeadLabels task in (HeadLabels[])[new(TextModelKind.Classification, 3, ["x", "y", "z"]),
            new(TextModelKind.Regression, 1, []), new(TextModelKind.MultiLabelClassification, 3, names)])
        {
            using TrainableModel none = TrainableModel.Create(_folder["m.zip"], null, task.OutputCount, seed: 9, TestDevice.Current, task);
            Assert.False(none.TakesHeadOver);
            Assert.Contains("is not used", none.HeadNote);
            Assert.NotEqual(model.Parts.Classifier.Head.Parameters[0].Value.ToArray(), none.Classifier.Head.Parameters[0].Value.ToArray());
        }
    }

    [Fact]
    public void Training_goes_on_from_a_saved_model_which_is_not_needed_afterwards()
    {
        using TextModel model = Saved(mlnet: true);
        MLContext context = TestDevice.Context();
        var log = new List<string>();
        context.Log += (_, e) => log.Add(e.Message);
        IDataView data = Toy.Data(context, Toy.Rows(30));
        DeLoRATextClassificationOptions options = Toy.Options with { BaseModel = _folder["m.zip"], Adapter = new LoRAMethod { Rank = 2 } };
        using DeLoRATextTransformer still = Toy.Fit(context, data, options with { Training = Slow });
        Same(model, still.Model);
        Assert.Contains(log, m => m.Contains("is trained on", StringComparison.Ordinal));

        using DeLoRATextTransformer trained = Toy.Fit(context, data, options);
        File.Delete(_folder["m.zip"]);
        Assert.NotEqual(model.Predict(_texts).Values.ToArray(), trained.Model.Predict(_texts).Values.ToArray());
        context.Model.Save(trained, data.Schema, _folder["n.zip"]);
        using var again = (DeLoRATextTransformer)context.Model.Load(_folder["n.zip"], out _);
        Assert.Equal(trained.Model.Predict(_texts).Values.ToArray(), again.Model.Predict(_texts).Values.ToArray());
    }

    [Theory]
    [InlineData("DeLoRA, B = 0")]
    [InlineData("LoRA")]
    [InlineData("DoRA")]
    [InlineData("VeRA")]
    [InlineData("IA3")]
    [InlineData("BOFT")]
    [InlineData("HRA")]
    [InlineData("Bottleneck")]
    public void Training_goes_on_from_an_adapter_of_PEFT_by_its_own_method(string method)
    {
        using TextModel model =
            TinyTextModel.Create(TinyTextModel.Description with { Labels = Toy.Classes }, AdapterMethodTable.Get(method));
        AdapterFormat format = method == "Bottleneck" ? AdapterFormat.Authors : AdapterFormat.Peft;
        model.SavePeft(_folder["adapter"], format: format);
        MLContext context = TestDevice.Context();
        IDataView data = Toy.Data(context, Toy.Rows(30));
        DeLoRATextClassificationOptions options = new()
        {
            BaseModel = TinyBase.Directory, AdapterDirectory = _folder["adapter"], Training = Slow, MaxLength = 32,
        };
        using DeLoRATextTransformer still = Toy.Fit(context, data, options);
        Assert.Equal(model.Parts.Adapters!.Method.Name, still.Model.Parts.Adapters!.Method.Name);
        Same(model, still.Model);

        using DeLoRATextTransformer trained = Toy.Fit(context, data, options with { Training = Toy.Options.Training with { Epochs = 1 } });
        ModelParameter[] before = [.. still.Model.Parts.Adapters.Parameters], after = [.. trained.Model.Parts.Adapters!.Parameters];
        Assert.Equal(before.Length, after.Length);
        Assert.All(before.Zip(after), p => Assert.NotEqual(p.First.Value.ToArray(), p.Second.Value.ToArray()));
        trained.Model.SavePeft(_folder["next"], format: format);
        using TextModel next = TextModel.LoadPeft(_folder["next"], TinyBase.Directory, device: TestDevice.Current);
        Same(trained.Model, next);
    }

    /// <summary>PEFT's own directories have no names of labels: the outputs stay in their order where there are as many.</summary>
    [Fact]
    public void Without_names_the_outputs_of_an_adapter_stay_in_order()
    {
        using TextModel model = TinyTextModel.Create(method: new LoRAMethod { Rank = 2 });
        model.SavePeft(_folder["adapter"]);
        File.Delete(Path.Combine(_folder["adapter"], "labels.json"));
        MLContext context = TestDevice.Context();
        DeLoRATextClassificationOptions options =
            new() { BaseModel = TinyBase.Directory, AdapterDirectory = _folder["adapter"], Training = Slow };
        using DeLoRATextTransformer still = Toy.Fit(context, Toy.Data(context, Toy.Rows(30)), options);
        Same(model, still.Model);

        var warnings = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
                warnings.Add(e.Message);
        };
        using DeLoRATextTransformer fewer = Toy.Fit(context, Toy.Data(context, Toy.Rows(30).Where(r => r.Class != "high")), options);
        Assert.Equal(2, fewer.Model.Description.OutputCount);
        Assert.Contains(warnings, w => w.Contains("is not used", StringComparison.Ordinal));
    }

    [Fact]
    public void An_adapter_that_cannot_be_merged_is_no_base()
    {
        using (TextModel model = TinyTextModel.Create(method: AdapterMethodTable.Get("Bottleneck")))
        using (FileStream file = File.Create(_folder["m.zip"]))
            model.Save(file);
        Assert.Contains("cannot be merged", Assert.Throws<NotSupportedException>(() => BaseModel.Open(_folder["m.zip"])).Message);
    }

    [Fact]
    public void What_is_no_base_is_refused_by_its_name()
    {
        using TextModel model = TinyTextModel.Create(method: new LoRAMethod { Rank = 2 });
        model.SavePeft(_folder["adapter"]);
        Assert.Contains("holds an adapter", Assert.Throws<DirectoryNotFoundException>(() => BaseModel.Open(_folder["adapter"])).Message);
        File.WriteAllText(_folder["text.zip"], "no zip");
        Assert.Contains("is neither a directory nor a saved model",
            Assert.Throws<DirectoryNotFoundException>(() => BaseModel.Open(_folder["text.zip"])).Message);
        File.WriteAllText(_folder["cut.zip"], "PK\u0003\u0004");
        Assert.Contains("is no model file", Assert.Throws<InvalidDataException>(() => BaseModel.Open(_folder["cut.zip"])).Message);
        Zip("none.zip", "other.json");
        Assert.Contains("holds no text model", Assert.Throws<InvalidDataException>(() => BaseModel.Open(_folder["none.zip"])).Message);
        Zip("two.zip", "a/model.json", "b\\model.json");
        Assert.Contains("holds 2 text models, in 'a/', 'b/'",
            Assert.Throws<InvalidDataException>(() => BaseModel.Open(_folder["two.zip"])).Message);
    }

    [Fact]
    public void A_method_beside_an_adapters_directory_is_refused()
    {
        MLContext context = TestDevice.Context();
        var options = new DeLoRATextClassificationOptions { AdapterDirectory = "some", Adapter = new LoRAMethod() };
        Assert.Contains("AdapterDirectory",
            Assert.Throws<ArgumentException>(() => context.Transforms.DeLoRATextClassification(options)).Message);
        Assert.Throws<ArgumentException>(() => context.Transforms.DeLoRATextClassification(options with { Adapter = null }));
        Assert.Throws<ArgumentException>(()
            => context.Transforms.DeLoRATextClassification(new DeLoRATextClassificationOptions { AdapterDirectory = "" }));
        using var fit = new TemporaryDirectory();
        var missing = new DeLoRATextClassificationOptions { BaseModel = TinyBase.Directory, AdapterDirectory = fit["none"] };
        Assert.Throws<DirectoryNotFoundException>(() => Toy.Fit(context, Toy.Data(context, Toy.Rows(9)), missing));
    }

    private static DeLoRA.TrainingOptions Slow => Toy.Options.Training with { Epochs = 1, LearningRate = Still, WeightDecay = 0 };

    private static void Same(TextModel expected, TextModel actual)
    {
        // By name: MapValueToKey numbers classes as they come.
        string[] names = [.. expected.Description.Labels];
        foreach (string text in _texts)
        {
            float[] before = expected.Predict([text]).Values.ToArray(), after = actual.Predict([text]).Values.ToArray();
            for (int i = 0; i < after.Length; i++)
            {
                int place = Array.IndexOf(names, actual.Description.Labels[i]);
                // The change of the weights is the same but for the order of rounding.
                Assert.Equal(before[place < 0 ? i : place], after[i], 1e-5f);
            }
        }
    }

    private TextModel Saved(bool mlnet)
    {
        TextModel model;
        if (mlnet)
        {
            MLContext context = TestDevice.Context();
            IDataView rows = Toy.Load(context, Toy.Rows(48));
            ITransformer pipeline = Toy.Pipeline(context).Fit(rows);
            context.Model.Save(pipeline, rows.Schema, _folder["m.zip"]);
            return ((IEnumerable<ITransformer>)pipeline).OfType<DeLoRATextTransformer>().Single().Model;
        }
        model = TinyTextModel.Create(method: new DeLoRAMethod { Rank = 2, Lambda = 4 });
        using FileStream file = File.Create(_folder["m.zip"]);
        model.Save(file);
        return model;
    }

    private void Zip(string name, params string[] entries)
    {
        using ZipArchive archive = ZipFile.Open(_folder[name], ZipArchiveMode.Create);
        foreach (string entry in entries)
            archive.CreateEntry(entry);
    }
}
