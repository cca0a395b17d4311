using System.Diagnostics;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary>
/// Models that <c>delora train</c> made on the tiny base, once for all tests: <c>classes.zip</c> (columns review and mood, three classes),
/// <c>pairs.zip</c> (left, right, mood), <c>numbers.zip</c> and <c>labels.zip</c> (columns Text and Value).
/// </summary>
internal static class TrainedModel
{
    private static readonly Lazy<TemporaryDirectory> _folder = new(Train);

    public static string Classes => _folder.Value["classes.zip"];

    public static string Pairs => _folder.Value["pairs.zip"];

    public static string Numbers => _folder.Value["numbers.zip"];

    public static string Labels => _folder.Value["labels.zip"];

    /// <summary>The tool as a process of its own, its streams redirected.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(TrainCommand).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
            StandardOutputEncoding = new System.Text.UTF8Encoding(false),
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    private static TemporaryDirectory Train()
    {
        var folder = new TemporaryDirectory();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        ToyRow[] rows = Toy.Rows(60);
        File.WriteAllLines(folder["classes.csv"], ["review;mood", .. rows.Select(r => $"{r.Text};{r.Class}")]);
        File.WriteAllLines(folder["pairs.tsv"], ["left\tright\tmood", .. rows.Select(r => $"{r.Text}\t{r.Second}\t{r.Class}")]);
        File.WriteAllLines(folder["numbers.tsv"],
            ["Text\tValue", .. rows.Select(r => FormattableString.Invariant($"{r.Text}\t{r.Value}"))]);
        File.WriteAllLines(folder["labels.tsv"],
            ["Text\tValue", .. Toy.LabelRows(60).Select(r => $"{r.Text}\t{string.Join(';', Toy.Classes.Where((_, i) => r.Labels[i]))}")]);
        Run("classes", "--data", folder["classes.csv"], "--text", "review", "--label", "mood", "--separator", ";");
        Run("pairs", "--data", folder["pairs.tsv"], "--text", "left", "--text2", "right", "--label", "mood");
        Run("numbers", "--task", "regression", "--data", folder["numbers.tsv"], "--text", "Text", "--label", "Value");
        Run("labels", "--task", "multilabel", "--data", folder["labels.tsv"], "--text", "Text", "--label", "Value", "--label-separator",
            ";");
        return folder;

        void Run(string name, params string[] arguments) => CommandOutput.Of(TrainCommand.Create(),
            [.. arguments, "--base", TinyBase.Directory, "--save", folder[name + ".zip"], "--epochs", "4", "--learning-rate", "0.01",
                "--rank", "2"]);
    }
}
