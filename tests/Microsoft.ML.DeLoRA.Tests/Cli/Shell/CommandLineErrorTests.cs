using Microsoft.ML.DeLoRA.Cli.Shell;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

/// <summary>Command lines that cannot be read: one line, the nearest name, exit status 2.</summary>
[Collection("console")]
public class CommandLineErrorTests
{
    [Theory]
    [InlineData("train --epoch 3", "unknown option '--epoch'; did you mean '--epochs'?")]
    [InlineData("train --epohcs 3", "unknown option '--epohcs'; did you mean '--epochs'?")]
    [InlineData("train --learning_rate=3", "unknown option '--learning_rate'; did you mean '--learning-rate'?")]
    [InlineData("train --Epochs 3", "unknown option '--Epochs'; did you mean '--epochs'?")]
    [InlineData("train -epochs 3", "unknown option '-epochs'; did you mean '--epochs'?")]
    [InlineData("train --grad 3", "unknown option '--grad'; did you mean '--gradient-accumulation'?")]
    [InlineData("train --colour red", "unknown option '--colour'; 'delora train --help' lists those that there are.")]
    [InlineData("train --data --colour", "unknown option '--colour'; 'delora train --help' lists those that there are.")]
    [InlineData("train --data x --text y --label z --save q --set --rnk", "unknown option '--rnk'; did you mean '--rank'?")]
    [InlineData("import --peft x --save y --labels a b --bass z", "unknown option '--bass'; did you mean '--base'?")]
    [InlineData("predict --model x --epochs 3", "unknown option '--epochs'; 'delora predict --help' lists those that there are.")]
    [InlineData("predict --model x --colour",
        "'--colour'; 'delora predict --help' lists those that there are. A text that begins with '-' goes after '--'.")]
    [InlineData("predict --model x -devise", "unknown option '-devise'; did you mean '--device'?")]
    [InlineData("predict text --devices cpu", "unknown option '--devices'; did you mean '--device'?")]
    [InlineData("predict text", "'delora predict' needs --model; 'delora predict --help' says more.")]
    [InlineData("train", "'delora train' needs --data, --text, --label and --save; 'delora train --help' says more.")]
    [InlineData("train --data x --save y", "'delora train' needs --text and --label; 'delora train --help' says more.")]
    [InlineData("export", "'delora export' needs --model and --peft; 'delora export --help' says more.")]
    [InlineData("pretrain", "'pretrain' needs --corpus and --output; 'pretrain --help' says more.")]
    [InlineData("train --data", "--data needs a value; 'delora train --help' says which.")]
    [InlineData("train --data --text", "--data needs a value; 'delora train --help' says which.")]
    [InlineData("import --labels", "--labels needs a value; 'delora import --help' says which.")]
    [InlineData("train --data a --data b", "--data is given 2 times; give it once.")]
    [InlineData("train --data  --epochs 3", "--data is empty; give it a value, or leave it out.")]
    [InlineData("train --data=", "--data needs a value; 'delora train --help' says which.")]
    [InlineData("train --epochs many", "--epochs: 'many' is no whole number.")]
    [InlineData("train --epochs 1.5", "--epochs: '1.5' is no whole number.")]
    [InlineData("train --epochs 1,000", "--epochs: '1,000' is no whole number.")]
    [InlineData("train --epochs 2147483648", "--epochs: '2147483648' is no whole number up to 2147483647.")]
    [InlineData("train --learning-rate 0,003", "--learning-rate: '0,003' is no finite number; write it with a decimal point.")]
    [InlineData("train --learning-rate NaN", "--learning-rate: 'NaN' is no finite number.")]
    [InlineData("train --learning-rate 1e300", "--learning-rate: '1e300' is too large: models compute with numbers up to 3.4e38.")]
    [InlineData("train --lambda NaN", "--lambda: 'NaN' is no finite number.")]
    [InlineData("train --dropout 1e999", "--dropout: '1e999' is no finite number.")]
    [InlineData("pretrain --corpus x --output y --mix 1 NaN", "--mix: 'NaN' is no finite number.")]
    [InlineData("train --task tagging", "--task is 'tagging'; it must be one of: classification, multilabel, regression.")]
    [InlineData("train --schedule sine", "--schedule is 'sine'; it must be one of: constant, cosine, linear.")]
    [InlineData("train --precision fp16", "--precision is 'fp16'; it must be one of: bfloat16, float32.")]
    [InlineData("train --data x --text y --label z --save q more words",
        "'more' belongs to no option; a value with blanks in it needs quotes.")]
    [InlineData("train --data x --text y --label z --save q --resume false", "'false' belongs to no option")]
    [InlineData("trian", "unknown command 'trian'; did you mean 'train'?")]
    [InlineData("eval --model x", "unknown command 'eval'; did you mean 'evaluate'?")]
    [InlineData("bake", "unknown command 'bake'; 'delora --help' lists the commands.")]
    [InlineData("--modle x", "unknown option '--modle'; 'delora --help' lists those that there are.")]
    [InlineData("--hlep", "unknown option '--hlep'; did you mean '--help'?")]
    [InlineData("@train", "unknown command '@train'")]
    public async Task One_line_says_what_to_mend(string line, string message)
    {
        ToolRun run = await ToolRun.Of(line.Split(' '));
        Assert.Contains(message, run.Complaint());
        Assert.Single(run.Errors);
        Assert.Equal(Tool.UsageError, run.Status);
        Assert.Equal("", run.Output);
    }

    /// <summary>They get as far as the model, which is not there.</summary>
    [Theory]
    [InlineData("--", "--json")]
    [InlineData("-5 degrees")]
    [InlineData("- no")]
    [InlineData("@mention")]
    [InlineData("[a]")]
    public async Task Texts_that_look_odd_are_texts(params string[] texts)
        => Assert.StartsWith("There is no model 'absent.zip'",
            (await ToolRun.Of(["predict", "--model", "absent.zip", .. texts])).Complaint());

    [Fact]
    public async Task No_flag_becomes_a_value_of_any_option()
    {
        foreach ((string name, _) in Programs.Commands)
        {
            foreach (System.CommandLine.Option option in Programs.OptionsOf(name))
                Assert.Contains("'--zzzzzzzz'", (await ToolRun.Of(name, option.Name, "--zzzzzzzz")).Complaint());
        }
    }

    [Theory]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("epohcs", "epochs", 1)]
    public void Distances_count_letters(string one, string other, int expected) => Assert.Equal(expected, Nearest.Distance(one, other));
}
