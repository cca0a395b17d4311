using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Tests.Experiments.Glue;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

[Collection("console")]
public class RobustnessCommandTests
{
    [Fact]
    public void All_factors_and_sweeps_run_once_and_are_reported()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 40, 20);
        string[] arguments = ["--method", "delora", "--sweep", "both,lambda,ba", "--factors", "0.5,1", "--learning-rate", "DeLoRA=0.02",
            "--constant", "--epochs", "1",
            "--base", TinyBase.Directory, "--data", folder["data"], "--output", folder["out"]];
        string path = CommandOutput.Of(RobustnessCommand.Create(), arguments).Trim();
        DateTime written = File.GetLastWriteTimeUtc(Directory.GetFiles(folder[Path.Combine("out", "runs")]).Order().First());
        Assert.Equal(path, CommandOutput.Of(RobustnessCommand.Create(), arguments).Trim());
        Assert.Equal(written, File.GetLastWriteTimeUtc(Directory.GetFiles(folder[Path.Combine("out", "runs")]).Order().First()));
        Assert.Equal(6, Directory.GetFiles(folder[Path.Combine("out", "runs")]).Length);
        string page = File.ReadAllText(path);
        Assert.False(Directory.Exists(folder[Path.Combine("out", "checkpoints")]));
        Assert.Contains("DeLoRA, lambda only", page);
        Assert.Contains("ConstantSchedule", page);
        Assert.Contains(",0.01,0.0005,0.02,", File.ReadAllText(Path.ChangeExtension(path, ".csv")));
        Assert.Equal(page, File.ReadAllText(CommandOutput.Of(RobustnessCommand.Create(),
            ["--report", Path.ChangeExtension(path, ".json"), "--output", folder["again"]]).Trim()));
    }

    [Theory]
    [InlineData("There is no adapter method 'x'", "--method", "x")]
    [InlineData("'a' is no number", "--factors", "1,a")]
    [InlineData("The factor is 0", "--factors", "1,0")]
    [InlineData("there is no sweep '1'", "--sweep", "1")]
    [InlineData("LoRA has no strength", "--method", "LoRA", "--sweep", "lambda")]
    [InlineData("'ETHER+' is neither RATE nor METHOD=RATE", "--learning-rate", "ETHER+")]
    [InlineData("speaks of the method 'RED'", "--learning-rate", "RED=1")]
    [InlineData("no linear layer 'x'", "--module", "x")]
    [InlineData("gluebenchmark.com", "--task", "cola")]
    [InlineData("--device: 'cuda:99' was asked for", "--device", "cuda:99")]
    [InlineData("--checkpoint-minutes is", "--checkpoint-minutes", "-0.5")]
    public void What_cannot_run_is_answered_with_why(string message, params string[] arguments)
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 10, 10);
        Exception error = Assert.ThrowsAny<Exception>(() => CommandOutput.Of(RobustnessCommand.Create(),
            ["--base", TinyBase.Directory, "--data", folder["data"], "--output", folder["out"], .. arguments]));
        Assert.Contains(message, error.Message);
        Assert.False(Directory.Exists(folder["out"]));
    }
}
