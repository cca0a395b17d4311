using DeLoRA.TestSupport;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

public class PeftCatalogTests
{
    private static readonly string[] _texts = ["a text", "another", ""];

    public static TheoryData<string> Methods
        => ["DeLoRA, B = 0", "LoRA", "LoRA, PiSSA", "DoRA", "VeRA", "IA3", "OFT", "BOFT", "HRA", "DeLoRA, frozen copy", "Bottleneck"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_model_saved_for_PEFT_comes_back_as_a_transformer(string name)
    {
        using var folder = new TemporaryDirectory();
        using TextModel model = TinyTextModel.Create(method: Adapters.AdapterMethodTable.Get(name));
        // PEFT reads no bottleneck adapters; their format has to be asked for.
        model.SavePeft(folder["adapter"], "tiny", name == "Bottleneck" ? AdapterFormat.Authors : AdapterFormat.Peft);
        var context = TestDevice.Context();
        using DeLoRATextTransformer loaded =
            context.Model.LoadPeftTextClassification(folder["adapter"], ["x", "y", "z"], TinyBase.Directory);
        Same(model, loaded, context);

        IDataView scored = loaded.Transform(Rows(context));
        VBuffer<ReadOnlyMemory<char>> keys = default;
        scored.Schema["PredictedLabel"].GetKeyValues(ref keys);
        Assert.Equal(["x", "y", "z"], keys.DenseValues().Select(k => k.ToString()));
    }

    [Theory]
    [InlineData(DeLoRAInitialization.ZeroB)]
    [InlineData(DeLoRAInitialization.FrozenCopy)]
    public void DeLoRA_goes_to_PEFT_as_LoRA_too(DeLoRAInitialization initialization)
    {
        using var folder = new TemporaryDirectory();
        using TextModel model =
            TinyTextModel.Create(method: new DeLoRAMethod { Rank = 2, Initialization = initialization, Bias = BiasTraining.AdaptedLayers });
        model.SavePeft(folder["adapter"], format: AdapterFormat.LoRA);
        Assert.Contains("\"peft_type\": \"LORA\"", File.ReadAllText(Path.Combine(folder["adapter"], "adapter_config.json")));
        var context = TestDevice.Context();
        using DeLoRATextTransformer loaded =
            context.Model.LoadPeftTextClassification(folder["adapter"], ["x", "y", "z"], TinyBase.Directory);
        Same(model, loaded, context);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var folder = new TemporaryDirectory();
        using TextModel model = TinyTextModel.Create(method: new LoRAMethod { Rank = 2 });
        model.SavePeft(folder["adapter"]);
        var context = TestDevice.Context();
        Assert.Contains("3 outputs but 2 labels", Assert.Throws<InvalidDataException>(
            () => context.Model.LoadPeftTextClassification(folder["adapter"], ["x", "y"], TinyBase.Directory)).Message);
        Assert.Throws<InvalidDataException>(() => context.Model.LoadPeftTextClassification(folder["adapter"], ["x", "y", "z"]));
        Assert.Throws<DirectoryNotFoundException>(() => context.Model.LoadPeftTextClassification(folder["none"], ["x", "y", "z"],
            TinyBase.Directory));
        using TextModel headOnly = TinyTextModel.Create();
        Assert.Throws<InvalidOperationException>(() => headOnly.SavePeft(folder["head"]));
        using TextModel other = TinyTextModel.Create(method: new BitFitMethod());
        Assert.Contains("BitFit", Assert.Throws<NotSupportedException>(() => other.SavePeft(folder["bitfit"])).Message);
        Assert.Throws<ArgumentException>(() => model.SavePeft(folder["lora"], format: AdapterFormat.LoRA));
    }

    [Fact]
    public void A_regression_comes_back_too_and_is_no_classifier()
    {
        using var folder = new TemporaryDirectory();
        using TextModel model = TinyTextModel.Create(
            TinyTextModel.Description with { Kind = TextModelKind.Regression, OutputCount = 1, Labels = [] }, new LoRAMethod { Rank = 2 });
        model.SavePeft(folder["adapter"]);
        var context = TestDevice.Context();
        using DeLoRATextTransformer loaded = context.Model.LoadPeftTextRegression(folder["adapter"], TinyBase.Directory);
        float[] expected = model.Predict(_texts).Values.ToArray();
        Assert.All(expected.Zip(loaded.Transform(Rows(context)).GetColumn<float>("Score")), p => Assert.Equal(p.First, p.Second, 1e-5f));
        Assert.Throws<InvalidDataException>(() => context.Model.LoadPeftTextClassification(folder["adapter"], ["x"], TinyBase.Directory));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void A_multi_label_classifier_comes_back_too(int outputs)
    {
        using var folder = new TemporaryDirectory();
        string[] labels = [.. new[] { "x", "y", "z" }.Take(outputs)];
        using TextModel model = TinyTextModel.Create(
            TinyTextModel.Description with { Kind = TextModelKind.MultiLabelClassification, OutputCount = outputs, Labels = labels },
                new LoRAMethod { Rank = 2 });
        model.SavePeft(folder["adapter"]);
        var context = TestDevice.Context();
        using DeLoRATextTransformer loaded
            = context.Model.LoadPeftTextMultiLabelClassification(folder["adapter"], labels, TinyBase.Directory, threshold: 0.4f);
        Same(model, loaded, context);
        IDataView scored = loaded.Transform(Rows(context));
        Assert.Equal(scored.GetColumn<float[]>("Score").SelectMany(s => s).Select(s => s > 0.4f),
            scored.GetColumn<bool[]>("PredictedLabels").SelectMany(p => p));

        Assert.Contains($"{outputs} outputs", Assert.Throws<InvalidDataException>(
            () => context.Model.LoadPeftTextMultiLabelClassification(folder["adapter"], ["a", "b"], TinyBase.Directory)).Message);
        Assert.Contains("LabelNames", Assert.Throws<ArgumentException>(
            () => context.Model.LoadPeftTextMultiLabelClassification(folder["adapter"], ["a", "a", "b"], TinyBase.Directory)).Message);
        Assert.Contains("Threshold", Assert.Throws<ArgumentException>(
            () => context.Model.LoadPeftTextMultiLabelClassification(folder["adapter"], labels, TinyBase.Directory, threshold: 2)).Message);
    }

    private static void Same(TextModel model, DeLoRATextTransformer loaded, MLContext context)
    {
        float[] expected = model.Predict(_texts).Values.ToArray();
        float[] scores = [.. loaded.Transform(Rows(context)).GetColumn<float[]>("Score").SelectMany(s => s)];
        // The change of the weights is the same but for the order of rounding.
        Assert.All(expected.Zip(scores), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    private static IDataView Rows(MLContext context) => context.Data.LoadFromEnumerable(_texts.Select(t => new Row { Text = t }));

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
