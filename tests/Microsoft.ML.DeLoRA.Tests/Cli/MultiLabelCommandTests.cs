using System.Globalization;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary><c>--task multilabel</c> as a user calls it, and <c>--metric</c>.</summary>
[Collection("console")]
public class MultiLabelCommandTests
{
    private static readonly string[] _texts = ["abcdecbaedvwxyzwxyz", "0000000"];

    [Fact]
    public void A_multi_label_classifier_is_trained_evaluated_and_predicts()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tTags", .. Rows(240, seed: 1)]);
        File.WriteAllLines(folder["test.tsv"], ["Text\tTags", .. Rows(64, seed: 2)]);
        string trained = Train(folder, "--eval", folder["test.tsv"], "--label-separator", ";", "--epochs", "12", "--learning-rate", "0.01",
            "--rank", "2", "--metric", "Macro-F1");
        string[] test =
            ["--model", folder["m.zip"], "--data", folder["test.tsv"], "--text", "Text", "--label", "Tags", "--label-separator", ";"];
        JsonElement result = JsonDocument.Parse(CommandOutput.Of(EvaluateCommand.Create(), [.. test, "--json"])).RootElement;
        string report = CommandOutput.Of(EvaluateCommand.Create(), test);
        string predicted = CommandOutput.Of(PredictCommand.Create(), ["--model", folder["m.zip"], .. _texts]);

        Assert.Equal(64, result.GetProperty("rows").GetInt32());
        Assert.InRange(result.GetProperty("micro_f1").GetDouble(), 0.85, 1);
        Assert.Contains(FormattableString.Invariant($"macro F1 {result.GetProperty("macro_f1").GetDouble():F4} on the evaluation rows"),
            trained);
        // Sorted, not by first appearance.
        Assert.Equal(["high", "low", "middle"],
            result.GetProperty("labels").EnumerateArray().Select(l => l.GetProperty("label").GetString()));
        Assert.Equal(32, result.GetProperty("labels")[0].GetProperty("support").GetInt32());
        Assert.Contains(FormattableString.Invariant($"Hamming loss     {result.GetProperty("hamming_loss").GetDouble():F4}"), report);
        Assert.Matches(@"label +precision  recall +F1  support\r?\n", report);
        Assert.Matches(@"\nmiddle +[01]\.\d{4} +[01]\.\d{4} +[01]\.\d{4} +32\r?\n", report);
        string[][] lines = [.. predicted.TrimEnd().Split('\n').Select(l => l.TrimEnd('\r').Split('\t'))];
        Assert.Equal(_texts, lines.Select(l => l[1]));
        Assert.Equal("", lines[1][0]);
        string[][] labels = [.. lines[0][0].Split(',').Select(l => l.Split('='))];
        Assert.Equal(["high", "low"], labels.Select(l => l[0]));
        Assert.All(labels, l => Assert.InRange(double.Parse(l[1], CultureInfo.InvariantCulture), 0.5, 1));

        CommandOutput.Of(ExportCommand.Create(), ["--model", folder["m.zip"], "--peft", folder["peft"]]);
        CommandOutput.Of(ImportCommand.Create(), ["--task", "multilabel", "--peft", folder["peft"], "--base", TinyBase.Directory,
            "--labels", "high", "low", "middle", "--save", folder["again.zip"]]);
        Assert.Equal(predicted, CommandOutput.Of(PredictCommand.Create(), ["--model", folder["again.zip"], .. _texts]));
    }

    [Theory]
    [InlineData("train.tsv: no row has a label in column 'Tags'", "abc\t", "vwx\t , ")]
    [InlineData("train.tsv, line 3: the row has 1 fields", "abc\ta", "vwx")]
    [InlineData("bad.tsv, line 2: the model was not trained on label 'c' in column 'Tags'; it knows 'a', 'b'", "abc\ta, b", "vwx\t")]
    public void What_is_wrong_with_a_file_is_said(string message, params string[] rows)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tTags", .. rows]);
        File.WriteAllLines(folder["bad.tsv"], ["Text\tTags", "xyz\tb,c"]);
        Assert.Contains(message, Assert.ThrowsAny<Exception>(() => Train(folder, "--eval", folder["bad.tsv"])).Message);
        Assert.False(File.Exists(folder["m.zip"]));
    }

    [Theory]
    [InlineData("--metric needs --eval", "--metric", "micro-F1")]
    [InlineData("there is no metric 'micro'; there are: accuracy, F1, Matthews, cross-entropy, mean-squared-error, ", "--metric", "micro",
        "--eval", "train.tsv")]
    [InlineData("The metric 'accuracy' cannot choose the best epoch: it is for one class", "--metric", "accuracy", "--eval", "train.tsv")]
    [InlineData("'mean of micro F1 and Pearson' cannot choose the best epoch: it is for numbers", "--metric", "micro-f1,pearson", "--eval",
        "train.tsv")]
    [InlineData("--label-separator is empty", "--label-separator", "")]
    public void A_wrong_option_is_named(string message, params string[] arguments)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tTags", "abc\ta", "vwx\tb"]);
        Assert.Contains(message,
            Assert.ThrowsAny<Exception>(() => Train(folder, [.. arguments.Select(a => a == "train.tsv" ? folder[a] : a)])).Message);
    }

    private static string Train(TemporaryDirectory folder, params string[] arguments) => CommandOutput.Of(TrainCommand.Create(),
        ["--task", "multilabel", "--data", folder["train.tsv"], "--text", "Text", "--label", "Tags", "--base", TinyBase.Directory, "--save",
            folder["m.zip"], .. arguments]);

    private static IEnumerable<string> Rows(int count, int seed)
        => Toy.LabelRows(count, seed).Select(r => $"{r.Text}\t{string.Join(" ; ", Toy.Classes.Where((_, label) => r.Labels[label]))}");
}
