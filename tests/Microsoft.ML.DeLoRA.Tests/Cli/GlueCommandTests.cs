using System.CommandLine;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Tests.Glue;
using Microsoft.ML.DeLoRA.Tests.Serving;

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
        string[] arguments = ["--task", "all", "--method", "delora,LoRA", "--seeds", "1,2", "--base", TinyBase.Directory, "--data", folder["data"],
            "--output", folder["out"], "--epochs", "1", "--max-rows", "16", "--learning-rate", "0.01"];
        string table = CommandOutput.Of(GlueCommand.Create(), arguments);
        Assert.Contains("| DeLoRA, paper, RoBERTa-base |", table);
        Assert.Contains("| LoRA, paper, RoBERTa-base ", table);
        Assert.Equal(8, Directory.GetFiles(folder["out"], "*.json").Length);
        Assert.Equal(table, CommandOutput.Of(GlueCommand.Create(), arguments));
    }

    [Theory]
    [InlineData("There is no GLUE task 'sst5'", "--task", "sst5")]
    [InlineData("gluebenchmark.com", "--task", "cola")]
    [InlineData("There is no adapter method 'LoRAX'", "--task", "rte", "--method", "LoRAX")]
    [InlineData("'x' is no whole number", "--task", "rte", "--seeds", "42,x")]
    [InlineData("--seeds is empty", "--task", "rte", "--seeds", ",")]
    [InlineData("Epochs is 0", "--task", "rte", "--epochs", "0")]
    [InlineData("MaxRows is 0", "--task", "rte", "--max-rows", "0")]
    public void What_cannot_run_is_answered_with_why(string message, params string[] arguments)
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 10, 10);
        Exception error = Assert.ThrowsAny<Exception>(() => CommandOutput.Of(GlueCommand.Create(), ["--base", TinyBase.Directory, "--data", folder["data"], "--output", folder["out"], .. arguments]));
        Assert.Contains(message, error.Message);
        Assert.False(Directory.Exists(folder["out"]));
    }
}
