using System.CommandLine;
using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Pretraining;
using Microsoft.ML.DeLoRA.Tests.Models;
using Spectre.Console;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary>The verbs as a user calls them, on the tiny base model.</summary>
[Collection("console")]
public class CommandTests
{
    [Fact]
    public void Train_evaluate_and_predict_work_together()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(120, seed: 1)]);
        File.WriteAllLines(folder["test.csv"],
            ["Class,Text", .. Rows(40, seed: 2).Select(r => r.Split('\t')).Select(f => $"{f[1]},\"{f[0]}\""), "unknown,\"abc\""]);

        CommandOutput.Of(TrainCommand.Create(),
            ["--data", folder["train.tsv"], "--text", "Text", "--label", "Class", "--base", TinyBase.Directory, "--save", folder["m.zip"],
            "--epochs", "8", "--learning-rate", "0.01", "--method", "delora", "--rank", "4", "--set", "target_modules=query,key",
                "initialization=zero_b"]);
        string json = CommandOutput.Of(EvaluateCommand.Create(),
            ["--model", folder["m.zip"], "--data", folder["test.csv"], "--text", "Text", "--label", "Class", "--json"]);
        string predicted = CommandOutput.Of(PredictCommand.Create(), ["--model", folder["m.zip"], "abcdecba", "vwxyzwx"]);

        foreach (string[] form in new string[][] { [], ["--as-lora"] })
        {
            string peft = folder["peft" + form.Length];
            CommandOutput.Of(ExportCommand.Create(), ["--model", folder["m.zip"], "--peft", peft, .. form]);
            CommandOutput.Of(ImportCommand.Create(),
                ["--peft", peft, "--base", TinyBase.Directory, "--labels", "low", "high", "--save", folder["again.zip"]]);
            Assert.Equal(predicted, CommandOutput.Of(PredictCommand.Create(), ["--model", folder["again.zip"], "abcdecba", "vwxyzwx"]));
            Assert.Contains("\"accuracy\"", CommandOutput.Of(EvaluateCommand.Create(),
                ["--model", folder["again.zip"], "--data", folder["test.csv"], "--text", "Text", "--label", "Class", "--json"]));
        }

        JsonElement result = JsonDocument.Parse(json).RootElement;
        Assert.Equal(40, result.GetProperty("rows").GetInt32());
        Assert.Equal(1, result.GetProperty("rows_with_unknown_label").GetInt32());
        Assert.InRange(result.GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.InRange(result.GetProperty("macro_f1").GetDouble(), 0.9, 1);
        Assert.InRange(result.GetProperty("matthews").GetDouble(), 0.8, 1);
        string[] test = ["--model", folder["m.zip"], "--data", folder["test.csv"], "--text", "Text"];
        Assert.Matches(@"macro F1        [01]\.\d{4}\s+Matthews        [01]\.\d{4}",
            CommandOutput.Of(EvaluateCommand.Create(), [.. test, "--label", "Class"]));
        Assert.Contains("it knows low, high",
            Assert.Throws<UsageException>(() => CommandOutput.Of(EvaluateCommand.Create(), [.. test, "--label", "Text"])).Message);
        string[][] lines = [.. predicted.TrimEnd().Split('\n').Select(l => l.TrimEnd('\r').Split('\t'))];
        Assert.Equal(["low", "high"], lines.Select(l => l[0]));
        Assert.All(lines, l => Assert.InRange(double.Parse(l[1], System.Globalization.CultureInfo.InvariantCulture), 0.5, 1));
    }

    [Fact]
    public void A_regression_is_trained_evaluated_and_predicts()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tValue", .. Numbers(120, seed: 1)]);
        File.WriteAllLines(folder["test.tsv"], ["Text\tValue", .. Numbers(40, seed: 2)]);

        string trained = CommandOutput.Of(TrainCommand.Create(),
            ["--task", "regression", "--data", folder["train.tsv"], "--text", "Text", "--label", "Value", "--eval", folder["test.tsv"],
            "--base", TinyBase.Directory, "--save", folder["m.zip"], "--epochs", "12", "--learning-rate", "0.01", "--rank", "2"]);
        string[] test = ["--model", folder["m.zip"], "--data", folder["test.tsv"], "--text", "Text", "--label", "Value"];
        JsonElement result = JsonDocument.Parse(CommandOutput.Of(EvaluateCommand.Create(), [.. test, "--json"])).RootElement;
        string report = CommandOutput.Of(EvaluateCommand.Create(), test);
        string predicted = CommandOutput.Of(PredictCommand.Create(), ["--model", folder["m.zip"], "abcdecba", "vwxyzwx"]);

        double squared = result.GetProperty("mean_squared_error").GetDouble();
        Assert.Contains(FormattableString.Invariant($"mean squared error {squared:F4} on the evaluation rows"), trained);
        Assert.Equal(40, result.GetProperty("rows").GetInt32());
        Assert.InRange(result.GetProperty("r_squared").GetDouble(), 0.8, 1);
        Assert.InRange(result.GetProperty("pearson").GetDouble(), 0.9, 1);
        Assert.InRange(result.GetProperty("spearman").GetDouble(), 0.8, 1);
        Assert.Contains(FormattableString.Invariant($"Pearson                  {result.GetProperty("pearson").GetDouble():F4}"), report);
        Assert.Equal(Math.Sqrt(squared), result.GetProperty("root_mean_squared_error").GetDouble(), 1e-9);
        Assert.Contains(FormattableString.Invariant($"mean absolute error      {result.GetProperty("mean_absolute_error").GetDouble():F4}"),
            report);
        string[][] lines = [.. predicted.TrimEnd().Split('\n').Select(l => l.TrimEnd('\r').Split('\t'))];
        Assert.Equal(["abcdecba", "vwxyzwx"], lines.Select(l => l[1]));
        double[] values = [.. lines.Select(l => double.Parse(l[0], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.InRange(values[0], -1.5, 0);
        Assert.InRange(values[1], 2, 4);
    }

    [Fact]
    public void One_class_a_metric_of_another_task_and_a_base_that_is_none_are_said_in_the_words_of_the_tool()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["one.tsv"], ["Text\tMood", "abc\tgood", "abd\tgood"]);
        File.WriteAllLines(folder["one-row.tsv"], ["Text\tMood", "abc\tgood"]);
        File.WriteAllLines(folder["two.tsv"], ["Text\tMood", "abc\tgood", "vwx\tbad"]);
        File.WriteAllText(folder["gen.py"], "print()");
        foreach (string file in new[] { "one.tsv", "one-row.tsv" })
        {
            string message = Assert.Throws<UsageException>(() => Train(file)).Message;
            Assert.StartsWith("--data: every row has the label", message);
            Assert.Contains("good", message);
            Assert.Contains("--label", message);
        }
        Assert.Contains("leave it out for the task's own", Assert.Throws<ArgumentException>(
            () => Train("two.tsv", "--metric", "Pearson", "--eval", folder["two.tsv"])).Message);
        Assert.Contains("is neither a directory nor a saved model", Assert.Throws<DirectoryNotFoundException>(
            () => Train("two.tsv", "--base", folder["gen.py"])).Message);

        void Train(string data, params string[] more)
            => CommandOutput.Of(TrainCommand.Create(), ["--data", folder[data], "--text", "Text", "--label", "Mood",
            "--save", folder["m.zip"], .. more.Contains("--base") ? more : [.. more, "--base", TinyBase.Directory]]);
    }

    [Fact]
    public void Resuming_says_where_it_goes_on_or_that_the_run_was_finished()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(40, seed: 1)]);
        string[] arguments =
            ["--data", folder["train.tsv"], "--text", "Text", "--label", "Class", "--base", TinyBase.Directory, "--save", folder["m.zip"],
            "--rank", "2", "--batch", "10", "--schedule", "constant", "--warmup-ratio", "0", "--checkpoints", folder["run"], "--resume"];
        Assert.Contains($"There is no checkpoint in {folder["run"]}; the run begins.", Errors("1"));
        Assert.Contains($"The run in {folder["run"]} was finished already", Errors("1"));
        Assert.Contains("Going on from step 4 of 12.", Errors("3"));

        string Errors(string epochs) => CommandOutput.OfBoth(TrainCommand.Create(), [.. arguments, "--epochs", epochs]).Errors;
    }

    [Fact]
    public void A_device_that_is_not_there_is_named_by_every_command_that_computes()
    {
        foreach ((System.CommandLine.Command command, string[] arguments) in new (System.CommandLine.Command, string[])[]
        {
            (TrainCommand.Create(), ["--data", "x", "--text", "t", "--label", "l", "--save", "y"]),
            (EvaluateCommand.Create(), ["--model", "m", "--data", "x", "--text", "t", "--label", "l"]),
            (PredictCommand.Create(), ["--model", "m"]),
        })
        {
            Assert.StartsWith("--device: 'cuda:99' was asked for, but ",
                Assert.Throws<UsageException>(() => CommandOutput.Of(command, [.. arguments, "--device", "cuda:99"])).Message);
            string message = Assert.Throws<UsageException>(() => CommandOutput.Of(command, [.. arguments, "--device", "tpu"])).Message;
            Assert.StartsWith("--device: 'tpu' is no device", message);
        }
    }

    [Theory]
    [InlineData("many")]
    [InlineData("")]
    [InlineData("1,5")]
    [InlineData("NaN")]
    [InlineData("1e99")]
    public void A_label_that_is_no_number_is_answered_with_its_line(string value)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tValue", .. Numbers(2, seed: 1), $"abc\t{value}"]);
        Exception error = Assert.ThrowsAny<Exception>(() => CommandOutput.Of(TrainCommand.Create(),
            ["--task", "regression", "--data", folder["train.tsv"], "--text", "Text", "--label", "Value", "--base", TinyBase.Directory,
                "--save", folder["m.zip"]]));
        Assert.Contains($"train.tsv, line 4: '{value}' in column 'Value'", error.Message);
    }

    [Theory]
    [InlineData("There is no adapter method 'LoRAX'; there are: DeLoRA, ", "--method", "LoRAX")]
    [InlineData("BitFit has no option 'rank'", "--method", "bitfit", "--rank", "4")]
    [InlineData("DeLoRA: \"many\" is no value of option 'rank'", "--set", "rank=many")]
    [InlineData("'rank' is not of the form name=value", "--set", "rank")]
    [InlineData("names no linear layer", "--set", "target_modules=query,keys")]
    [InlineData("from 1 to", "--set", "rank=999")]
    public void A_wrong_method_or_option_is_answered_with_what_there_is(string message, params string[] arguments)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(8, seed: 1)]);
        Exception error = Assert.ThrowsAny<Exception>(() => CommandOutput.Of(TrainCommand.Create(),
            ["--data", folder["train.tsv"], "--text", "Text", "--label", "Class", "--base", TinyBase.Directory, "--save", folder["m.zip"],
                .. arguments]));
        Assert.Contains(message, error.Message);
        Assert.False(File.Exists(folder["m.zip"]));
    }

    [Fact]
    public void A_run_is_logged_weighted_and_ended_early()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(40, seed: 1)]);
        string[] arguments = [.. TrainArguments(folder), "--eval", folder["train.tsv"], "--epochs", "40", "--batch", "10", "--patience",
            "2", "--min-delta", "2",
            "--label-smoothing", "0.1", "--class-weights", "balanced", "--log-csv", folder["run.csv"], "--log-tensorboard", folder["board"],
            "--checkpoints", folder["run"], "--checkpoint-every-steps", "5"];
        CommandOutput.Of(TrainCommand.Create(), arguments);
        // The first evaluation, and two that do not gain 2 on its accuracy.
        Assert.Equal(1 + 3 * 4 + 3, File.ReadAllLines(folder["run.csv"]).Length);
        Assert.Single(Directory.GetFiles(folder["board"]));
        Assert.Contains(folder["run"] + "/checkpoint-00000012.safetensors",
            Directory.GetFiles(folder["run"]).Select(f => f.Replace('\\', '/')));
        Assert.Contains("set Resume",
            Assert.Throws<InvalidOperationException>(() => CommandOutput.Of(TrainCommand.Create(), arguments)).Message);
        byte[] model = Hash(folder["m.zip"]);
        CommandOutput.Of(TrainCommand.Create(), [.. arguments, "--resume"]);
        Assert.Equal(model, Hash(folder["m.zip"]));
        CommandOutput.Of(TrainCommand.Create(), [.. TrainArguments(folder), "--epochs", "1", "--focal", "2", "--class-weights", "1,2.5"]);
        Assert.NotEqual(model, Hash(folder["m.zip"]));
    }

    [Fact]
    public void Labels_that_only_the_evaluation_rows_have_are_named()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(12, seed: 1)]);
        File.WriteAllLines(folder["eval.tsv"], ["Text\tClass", .. Rows(4, seed: 2), "abc\tother", "abd\tother", "abe\tlast"]);
        File.WriteAllLines(folder["none.tsv"], ["Text\tClass", "abc\tother"]);
        string[] arguments = [.. TrainArguments(folder), "--epochs", "1"];
        (_, string errors) = CommandOutput.OfBoth(TrainCommand.Create(), [.. arguments, "--eval", folder["eval.tsv"]]);
        Assert.Contains("--eval: 3 rows are left out, as no training row has their label: 'other', 'last'.", errors);
        Assert.Contains("--eval: no training row has a label of its rows ('other')",
            Assert.Throws<UsageException>(() => CommandOutput.Of(TrainCommand.Create(),
                [.. arguments, "--eval", folder["none.tsv"]])).Message);
    }

    [Fact]
    public void Empty_labels_are_refused_and_empty_texts_named_with_their_lines()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(4, seed: 1), "abc\t", "vwx\thigh", "abd\t"]);
        Assert.Contains("train.tsv, lines 6, 8: the label in column 'Class' is empty",
            Assert.Throws<UsageException>(() => CommandOutput.Of(TrainCommand.Create(), TrainArguments(folder))).Message);
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(4, seed: 1), "\tlow"]);
        (_, string errors) = CommandOutput.OfBoth(TrainCommand.Create(), [.. TrainArguments(folder), "--epochs", "1"]);
        Assert.Contains("train.tsv, line 6: the text in column 'Text' is empty.", errors);
    }

    [Theory]
    [InlineData("need --checkpoints", "--resume")]
    [InlineData("'much' is no number", "--class-weights", "much,1")]
    [InlineData("--patience needs --eval", "--patience", "3")]
    [InlineData("--eval-every-steps needs --eval", "--eval-every-steps", "3")]
    [InlineData("FocalGamma is 2; it must be null when there is LabelSmoothing", "--focal", "2", "--label-smoothing", "0.1")]
    [InlineData("3 class weights for 2 classes", "--class-weights", "1,2,3")]
    public void A_wrong_option_of_the_run_is_named(string message, params string[] arguments)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(8, seed: 1)]);
        Exception error =
            Assert.ThrowsAny<Exception>(() => CommandOutput.Of(TrainCommand.Create(), [.. TrainArguments(folder), .. arguments]));
        Assert.Contains(message, error.Message);
    }

    /// <summary>A second process is stopped by the operating system as a cluster stops it, and a third one goes on.</summary>
    [Fact]
    public async Task SIGTERM_leaves_a_checkpoint_and_ends_cleanly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM");
        using var folder = new TemporaryDirectory();
        File.WriteAllLines(folder["train.tsv"], ["Text\tClass", .. Rows(60, seed: 1)]);
        // So many that the signal arrives long before the end.
        string[] arguments = [.. TrainArguments(folder), "--epochs", "60", "--batch", "4", "--dropout", "0.1"];
        CommandOutput.Of(TrainCommand.Create(), arguments);
        byte[] whole = Hash(folder["m.zip"]);
        File.Delete(folder["m.zip"]);

        string[] saved = [.. arguments, "--checkpoints", folder["run"], "--log-csv", folder["run.csv"], "--resume"];
        ProcessStartInfo start = ChildProcess.StartInfo(typeof(TrainCommand).Assembly.Location, ["train", .. saved]);
        start.Environment["OMP_NUM_THREADS"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Assert.True(SpinWait.SpinUntil(() => process.HasExited
            || (File.Exists(folder["run.csv"]) && new FileInfo(folder["run.csv"]).Length > 500), TimeSpan.FromMinutes(2)));
        Assert.False(process.HasExited, process.HasExited ? await errors : "");
        using (Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            kill.WaitForExit();
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
        Assert.False(File.Exists(folder["m.zip"]));
        Assert.Contains("the same command with --resume goes on", await errors);
        Assert.NotEmpty(Directory.GetFiles(folder["run"], "checkpoint-*.safetensors"));

        CommandOutput.Of(TrainCommand.Create(), saved);
        Assert.Equal(whole, Hash(folder["m.zip"]));
    }

    [Fact]
    public void A_terminal_gets_bars_and_a_pipe_plain_lines()
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });
        var step = new TrainingProgress(2, 4, 13, 40, 0.25, 0.003, 512, TimeSpan.FromSeconds(75), null);
        LiveProgress.Show(console, progress =>
        {
            progress.Report(step);
            progress.Report(step with { FinishedEpoch = new EpochResult(2, 0.5, 0.4, 0.875), Message = "[Memory] does not suffice" });
            return 0;
        });
        string text = output.ToString();
        foreach (string part in new[] { "epoch 2/4  loss 0.2500  rate 0.003", "step 13/40  512 rows/s  00:01:15 left", "━", "30%",
            "epoch 2/4  loss 0.5000  validation 0.8750", "[Memory] does not suffice" })
            Assert.Contains(part, text);

        Assert.Empty(ConsoleProgress.Lines(step));
        Assert.Equal(["epoch 2/4  step 13/40  loss 0.5000  512 rows/s  2.00:00:05 left"],
            ConsoleProgress.Lines(step with { TimeLeft = new TimeSpan(2, 0, 0, 5), Evaluation = new EpochResult(2, 0.5, null, null) }));
    }

    [Fact]
    public void A_stopped_pretraining_goes_on_to_the_same_model()
    {
        using var folder = new TemporaryDirectory();
        string[] words = ["the", "cat", "sat", "on", "a", "mat", "and", "saw", "dogs", "run"];
        var random = new Random(3);
        File.WriteAllLines(folder["corpus.txt"],
            Enumerable.Range(0, 300).Select(_ => string.Join(' ', Enumerable.Range(0, 20).Select(_ => words[random.Next(words.Length)]))));
        string[] arguments =
            ["--corpus", folder["corpus.txt"], "--vocabulary", "300", "--hidden", "32", "--layers", "1", "--heads", "2", "--steps", "6",
            "--batch-tokens", "128", "--length", "16", "--long-length", "32", "--float32"];

        CommandOutput.Of(PretrainCommand.Create(), [.. arguments, "--output", folder["whole"]]);
        for (int i = 0; i < 6; i++)
            CommandOutput.Of(PretrainCommand.Create(), [.. arguments, "--output", folder["parts"], "--minutes", "0"]);

        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], "model.safetensors")),
            File.ReadAllBytes(Path.Combine(folder["parts"], "model.safetensors")));
        using var model = Microsoft.ML.DeLoRA.Models.BaseModel.Open(folder["whole"]);
        Assert.Equal(32, model.Configuration.HiddenSize);
        Assert.Equal(model.Configuration.VocabularySize, model.Tokenizer.VocabularySize);
    }

    private static string[] TrainArguments(TemporaryDirectory folder)
        => ["--data", folder["train.tsv"], "--text", "Text", "--label", "Class", "--base", TinyBase.Directory, "--save", folder["m.zip"]];

    // The zip has times in it; its parts have not.
    private static byte[] Hash(string zip)
    {
        using ZipArchive archive = ZipFile.OpenRead(zip);
        using var all = new MemoryStream();
        foreach (ZipArchiveEntry entry in archive.Entries.Where(e => e.Length > 0).OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            using Stream stream = entry.Open();
            stream.CopyTo(all);
        }
        return SHA256.HashData(all.ToArray());
    }

    private static IEnumerable<string> Rows(int count, int seed)
    {
        (string Class, string Letters)[] classes = [("low", "abcde"), ("high", "vwxyz")];
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
            yield return $"{new string(random.GetItems<char>(classes[i % 2].Letters, random.Next(4, 12)))}\t{classes[i % 2].Class}";
    }

    private static IEnumerable<string> Numbers(int count, int seed)
        => Rows(count, seed).Select(row => row.Replace("low", "-1").Replace("high", "3"));
}
