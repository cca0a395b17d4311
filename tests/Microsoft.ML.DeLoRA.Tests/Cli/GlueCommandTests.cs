using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Tests.Experiments.Glue;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

[Collection("console")]
public class GlueCommandTests
{
    [Fact]
    public void All_tasks_that_are_there_run_with_all_methods_and_seeds()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 40, 20);
        GlueFiles.WriteStsB(folder["data"], 40, 20);
        string[] arguments =
            ["--task", "all", "--method", "delora,LoRA", "--seeds", "1,2", "--base", TinyBase.Directory, "--data", folder["data"],
            "--output", folder["out"], "--epochs", "1", "--max-rows", "16", "--learning-rate", "0.01"];
        string table = CommandOutput.Of(GlueCommand.Create(), arguments);
        Assert.Contains("| DeLoRA, paper, RoBERTa-base |", table);
        Assert.Contains("| LoRA, paper, RoBERTa-base ", table);
        Assert.Equal(8, Directory.GetFiles(folder["out"], "*.json").Length);
        Assert.Equal(table, CommandOutput.Of(GlueCommand.Create(), arguments));
    }

    [Fact]
    public void A_method_gets_the_options_and_the_rate_that_are_given_for_it()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 40, 20);
        CommandOutput.Of(GlueCommand.Create(), "--task", "rte", "--method", "DeLoRA,LoRA,none", "--seeds", "1", "--epochs", "1", "--base",
            TinyBase.Directory,
            "--data", folder["data"], "--output", folder["out"], "--learning-rate", "LoRA=0.02", "--learning-rate", "0.01",
            "--set", "delora.lambda=7", "LoRA.target_modules=query,key", "--set", "DeLoRA.rank=2");
        JsonNode Settings(string method)
            => JsonNode.Parse(File.ReadAllText(folder[Path.Combine("out", $"rte-{method.ToLowerInvariant()}-seed1.json")]))!["settings"]!;
        Assert.Equal((7.0, 2, 0.01), ((double)Settings("DeLoRA")["adapter"]!["lambda"]!, (int)Settings("DeLoRA")["adapter"]!["rank"]!,
            (double)Settings("DeLoRA")["learning_rate"]!));
        Assert.Equal(["query", "key"], Settings("LoRA")["adapter"]!["target_modules"]!.AsArray().Select(m => (string)m!));
        Assert.Equal((0.02, 0.01), ((double)Settings("LoRA")["learning_rate"]!, (double)Settings("none")["learning_rate"]!));
    }

    [Fact]
    public void A_run_that_diverges_leaves_the_others_their_table()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 40, 20);
        // Only DeLoRA has a lambda to blow up.
        string table = CommandOutput.Of(GlueCommand.Create(),
            ["--task", "all", "--method", "DeLoRA,LoRA", "--seeds", "1", "--base", TinyBase.Directory,
            "--data", folder["data"], "--output", folder["out"], "--epochs", "2", "--batch", "8", "--lambda-learning-rate", "1e30"]);
        string[] lines = table.Split('\n');
        Assert.Contains("undefined in 1 of 1", lines.Single(l => l.StartsWith("| DeLoRA  ", StringComparison.Ordinal)));
        Assert.Matches(@"\| \d+\.\d ", lines.Single(l => l.StartsWith("| LoRA  ", StringComparison.Ordinal)));
        Assert.Contains("The loss became", GlueResult.Read(Path.Combine(folder["out"], "rte-delora-seed1.json")).Diverged);
        Assert.Equal("cpu", GlueResult.Read(Path.Combine(folder["out"], "rte-lora-seed1.json")).Environment.Device);
    }

    /// <summary>Two processes are killed, the second by a signal that it could act on; a third one goes on.</summary>
    [Fact]
    public async Task A_killed_run_goes_on_when_the_command_is_repeated()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 30);
        string[] arguments = ["--task", "rte", "--seeds", "1", "--base", TinyBase.Directory, "--data", folder["data"],
            "--epochs", "80", "--batch", "4", "--learning-rate", "0.005", "--checkpoint-minutes", "0.0001"];
        CommandOutput.Of(GlueCommand.Create(), [.. arguments, "--output", folder["whole"]]);
        string name = "rte-delora-seed1", checkpoints = Path.Combine(folder["out"], "checkpoints", name);
        foreach (string signal in OperatingSystem.IsWindows() ? new[] { "KILL" } : ["KILL", "TERM"])
        {
            string[] before = Files();
            using Process process = Start([.. arguments, "--output", folder["out"]]);
            Task<string> errors = process.StandardError.ReadToEndAsync();
            Assert.True(SpinWait.SpinUntil(() => process.HasExited || Files().Except(before).Any(), TimeSpan.FromMinutes(2)));
            Assert.False(process.HasExited, process.HasExited ? await errors : "");
            if (signal == "KILL")
            {
                process.Kill();
            }
            else
            {
                using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
                kill.WaitForExit();
            }
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
            Assert.Equal(signal == "TERM", (await errors).Contains("The same command goes on from here."));
            Assert.Equal(signal == "TERM", (await errors).Contains("The run goes on after step"));
            Assert.False(File.Exists(Path.Combine(folder["out"], name + ".json")));
        }
        CommandOutput.Of(GlueCommand.Create(), [.. arguments, "--output", folder["out"]]);
        Assert.Equal(Content("whole"), Content("out"));
        Assert.False(Directory.Exists(checkpoints));

        string Content(string output) => StoppedRuns.Content(Path.Combine(folder[output], name + ".json"));

        string[] Files() => Directory.Exists(checkpoints) ? Directory.GetFiles(checkpoints, "checkpoint-*.safetensors") : [];
    }

    private static Process Start(string[] arguments)
    {
        ProcessStartInfo start = ChildProcess.StartInfo(typeof(GlueCommand).Assembly.Location, ["glue", .. arguments]);
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    [Theory]
    [InlineData("DeLoRA has no option 'alpha'", "--task", "rte", "--set", "DeLoRA.alpha=1")]
    [InlineData("'lambda=1' is not METHOD.name=value", "--task", "rte", "--set", "lambda=1")]
    [InlineData("speaks of the method 'LoRA'", "--task", "rte", "--set", "LoRA.rank=4")]
    [InlineData("the method 'none' has no options", "--task", "rte", "--method", "none", "--set", "none.rank=4")]
    [InlineData("There is no GLUE task 'sst5'", "--task", "sst5")]
    [InlineData("gluebenchmark.com", "--task", "cola")]
    [InlineData("There is no adapter method 'LoRAX'", "--task", "rte", "--method", "LoRAX")]
    [InlineData("'x' is no whole number", "--task", "rte", "--seeds", "42,x")]
    [InlineData("--seeds is empty", "--task", "rte", "--seeds", ",")]
    [InlineData("Epochs is 0", "--task", "rte", "--epochs", "0")]
    [InlineData("MaxRows is 0", "--task", "rte", "--max-rows", "0")]
    [InlineData("--checkpoint-minutes is -1; it must be a number from 0", "--checkpoint-minutes", "-1")]
    [InlineData("--checkpoint-minutes is NaN", "--checkpoint-minutes", "NaN")]
    [InlineData("--device: 'gpu' is no device", "--device", "gpu")]
    [InlineData("--device: 'cuda:99' was asked for, but ", "--device", "cuda:99")]
    public void What_cannot_run_is_answered_with_why(string message, params string[] arguments)
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 10, 10);
        Exception error = Assert.ThrowsAny<Exception>(() => CommandOutput.Of(GlueCommand.Create(),
            ["--base", TinyBase.Directory, "--data", folder["data"], "--output", folder["out"], .. arguments]));
        Assert.Contains(message, error.Message);
        Assert.False(Directory.Exists(folder["out"]));
    }
}
