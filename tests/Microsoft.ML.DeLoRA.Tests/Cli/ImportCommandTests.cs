using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary>delora import, and delora train where another run ended.</summary>
[Collection("console")]
public sealed class ImportCommandTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_whole_model_is_imported_with_its_head()
    {
        Directory.CreateDirectory(_folder["base"]);
        PretrainedModelTests.Write(_folder["base"], 2, """{"id2label": {"0": "bad", "1": "good"}}""");
        Assert.Contains("Labels: bad, good", Import("--base", _folder["base"], "--max-length", "16"));
        using TextModel model = TextModel.LoadPretrained(_folder["base"], maxLength: 16);
        float[] scores = model.Predict(["abc"]).Values.ToArray();
        string expected = scores[1] > scores[0] ? $"good\t{scores[1]:F4}\tabc" : $"bad\t{scores[0]:F4}\tabc";
        Assert.Equal(expected, Predict("abc").Trim());
        Assert.Equal(16, Loaded().MaxLength);
    }

    [Theory]
    [InlineData(TextModelKind.Regression, 1)]
    [InlineData(TextModelKind.MultiLabelClassification, 3)]
    [InlineData(TextModelKind.Classification, 3)]
    public void The_task_and_the_labels_come_from_the_adapters_directory(TextModelKind kind, int outputs)
    {
        Save(kind, outputs);
        Import("--peft", _folder["adapter"], "--base", TinyBase.Directory);
        Assert.Equal((kind, 32), (Loaded().Kind, Loaded().MaxLength));
        Assert.Equal(kind == TextModelKind.Regression ? [] : ["x", "y", "z"], Loaded().Labels);
        Assert.NotEmpty(Predict("abc"));
    }

    [Theory]
    [InlineData("regression", TextModelKind.Regression, 1)]
    [InlineData("multilabel", TextModelKind.MultiLabelClassification, 3)]
    [InlineData("classification", TextModelKind.Classification, 3)]
    public void The_task_and_the_labels_may_be_given(string task, TextModelKind kind, int outputs)
    {
        Save(kind, outputs);
        File.Delete(Path.Combine(_folder["adapter"], "labels.json"));
        string[] labels = kind == TextModelKind.Regression ? [] : ["--labels", "p", "q", "r"];
        Import(["--peft", _folder["adapter"], "--base", TinyBase.Directory, "--task", task, "--pairs", "--max-length", "20", .. labels]);
        TextModelDescription description = Loaded();
        Assert.Equal((kind, true, 20), (description.Kind, description.TakesPairs, description.MaxLength));
        Assert.Equal(kind == TextModelKind.Regression ? [] : ["p", "q", "r"], description.Labels);
    }

    [Theory]
    [InlineData("the name 'p' is there 2 times", "--labels", "p", "q", "p")]
    [InlineData("3 outputs but 2 labels ('p', 'q')", "--labels", "p", "q")]
    [InlineData("maximum length is 65", "--max-length", "65")]
    [InlineData("3 outputs, which is impossible for Regression", "--task", "regression")]
    public void What_does_not_fit_is_said(string said, params string[] arguments)
    {
        Save(TextModelKind.Classification, 3);
        File.Delete(Path.Combine(_folder["adapter"], "labels.json"));
        Assert.Contains(said,
            Assert.ThrowsAny<Exception>(() => Import(["--peft", _folder["adapter"], "--base", TinyBase.Directory, .. arguments])).Message);
        Assert.False(File.Exists(_folder["m.zip"]));
    }

    [Fact]
    public void Something_to_import_must_be_named()
        => Assert.Contains("--peft", Assert.Throws<UsageException>(() => Import()).Message);

    [Fact]
    public void Training_goes_on_from_a_saved_model_and_from_an_adapter()
    {
        File.WriteAllLines(_folder["train.tsv"], ["Text\tClass", .. Toy.Rows(30).Select(r => $"{r.Text}\t{r.Class}")]);
        Train("m.zip", "--base", TinyBase.Directory, "--method", "lora", "--rank", "2");
        Train("n.zip", "--base", _folder["m.zip"], "--method", "delora", "--rank", "2");
        CommandOutput.Of(ExportCommand.Create(), ["--model", _folder["m.zip"], "--peft", _folder["adapter"]]);
        Train("m.zip", "--base", TinyBase.Directory, "--peft", _folder["adapter"]);
        Assert.Equal(["high", "low", "middle"], Loaded().Labels.Order());
        Assert.NotEmpty(Predict("abc"));
        Assert.Contains("--rank", Assert.Throws<UsageException>(
            () => Train("o.zip", "--base", TinyBase.Directory, "--peft", _folder["adapter"], "--rank", "3")).Message);
    }

    private void Train(string save, params string[] arguments) => CommandOutput.Of(TrainCommand.Create(),
        ["--data", _folder["train.tsv"], "--text", "Text", "--label", "Class", "--epochs", "1", "--save", _folder[save], .. arguments]);

    private string Import(params string[] arguments)
        => CommandOutput.Of(ImportCommand.Create(), ["--save", _folder["m.zip"], .. arguments]);

    private string Predict(string text) => CommandOutput.Of(PredictCommand.Create(), ["--model", _folder["m.zip"], text]);

    private TextModelDescription Loaded() => SavedModels.Description(SavedModels.Load(SavedModels.Context(), _folder["m.zip"]));

    private void Save(TextModelKind kind, int outputs)
    {
        using TextModel model = TinyTextModel.Create(
            TinyTextModel.Description with
            {
                Kind = kind,
                OutputCount = outputs,
                Labels = kind == TextModelKind.Regression ? [] : ["x", "y", "z"]
            },
            new LoRAMethod { Rank = 2 });
        model.SavePeft(_folder["adapter"]);
    }
}
