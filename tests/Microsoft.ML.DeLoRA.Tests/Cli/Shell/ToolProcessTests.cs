using System.Diagnostics;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

/// <summary>The tool as a process of its own: exit status, streams, signals.</summary>
[Collection("console")]
public class ToolProcessTests
{
    [Fact]
    public async Task A_text_file_is_no_model_and_the_trace_is_for_who_asks()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["model.zip"], "This is a text.");
        (int status, string output, string errors) =
            await Run("evaluate", "--model", folder["model.zip"], "--data", folder["x.tsv"], "--text", "t", "--label", "l");
        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith("delora: ", errors);
        Assert.Contains(folder["model.zip"], errors);
        Assert.Single(errors.TrimEnd().Split('\n'));
        (status, _, errors) = await Run("predict", "--model", folder["absent.zip"], "--verbose", "a text");
        Assert.Equal(1, status);
        Assert.StartsWith("delora: There is no model", errors);
        (status, _, errors) = await Run("--verbose", "train", "--data", folder["model.zip"], "--text", "t", "--label", "l", "--save",
            folder["m.zip"], "--epochs", "0");
        Assert.Equal(1, status);
        Assert.StartsWith("delora: --epochs is 0; it must be at least 1.", errors);
        Assert.Contains("   at Microsoft.ML.DeLoRA.TrainingOptions.", errors);
    }

    /// <summary>A reader that goes away, as head does: .NET's own standard output would go on for ever.</summary>
    [Fact]
    public async Task A_pipe_without_a_reader_ends_the_command_quietly()
    {
        using var folder = new TemporaryDirectory();
        Train(folder);
        string texts = folder["texts.txt"];
        File.WriteAllLines(texts, Enumerable.Repeat(new string('a', 40), 4000));
        string command = $"'{Dotnet}' '{Tool}' predict --model '{folder["m.zip"]}' < '{texts}'";
        (int status, string output, string errors) =
            await Start("bash", "-c", $"set -o pipefail; ({command}; echo $? > '{folder["status"]}') | head -n 1");
        Assert.Equal("", errors);
        Assert.Equal(0, status);
        Assert.Single(output.TrimEnd().Split('\n'));
        Assert.Equal("0", File.ReadAllText(folder["status"]).Trim());
    }

    [Fact]
    public async Task Control_C_stops_with_130()
    {
        using var folder = new TemporaryDirectory();
        string[] line = [.. Line(folder), "--epochs", "20000", "--log-csv", folder["run.csv"]];
        using Process process = Process.Start(StartInfo(Dotnet, [Tool, .. line]))!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Assert.True(SpinWait.SpinUntil(() => process.HasExited
            || (File.Exists(folder["run.csv"]) && new FileInfo(folder["run.csv"]).Length > 500), TimeSpan.FromMinutes(2)));
        Assert.False(process.HasExited, process.HasExited ? await errors : "");
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            kill.WaitForExit();
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith("delora: stopped.", (await errors).TrimEnd());
        Assert.DoesNotContain("   at ", await errors);
    }

    private static string Dotnet
        => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    private static string Tool => typeof(TrainCommand).Assembly.Location;

    private static void Train(TemporaryDirectory folder)
        => Assert.Equal(0, ToolRun.Of([.. Line(folder), "--epochs", "1"]).GetAwaiter().GetResult().Status);

    private static string[] Line(TemporaryDirectory folder)
    {
        File.WriteAllLines(folder["train.tsv"],
            ["Text\tClass", .. Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? $"abcde{i}\tlow" : $"vwxyz{i}\thigh")]);
        return ["train", "--data", folder["train.tsv"], "--text", "Text", "--label", "Class", "--base", TinyBase.Directory, "--save",
            folder["m.zip"]];
    }

    private static Task<(int, string, string)> Run(params string[] arguments) => Start(Dotnet, [Tool, .. arguments]);

    private static async Task<(int Status, string Output, string Errors)> Start(string program, params string[] arguments)
    {
        using Process process = Process.Start(StartInfo(program, arguments))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    private static ProcessStartInfo StartInfo(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return start;
    }
}
