using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Pretraining;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

/// <summary>
/// A whole command line, run in this process as the tool's Main runs it; one that begins with <c>pretrain</c>, as tools/Pretraining does.
/// </summary>
/// <param name="Status">The exit status.</param>
/// <param name="Output">What went to standard output.</param>
/// <param name="Errors">The lines on standard error.</param>
internal sealed partial record ToolRun(int Status, string Output, string[] Errors)
{
    public static async Task<ToolRun> Of(params string[] arguments)
    {
        (TextWriter output, TextWriter error, TextReader input) = (Console.Out, Console.Error, Console.In);
        using var written = new StringWriter();
        using var errors = new StringWriter();
        Console.SetOut(written);
        Console.SetError(errors);
        Console.SetIn(TextReader.Null);
        try
        {
            int status = arguments is [PretrainCommand.Name, .. var rest]
                ? await Tool.RunAsync(Tool.Prepared(PretrainCommand.Create()), PretrainCommand.Name, rest)
                : await Tool.RunAsync(arguments);
            return new ToolRun(status, written.ToString(),
                errors.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Console.SetIn(input);
        }
    }

    [GeneratedRegex("^(delora|pretrain): ")]
    private static partial Regex Said();

    /// <summary>
    /// The one line that says what is wrong; fails when there is another number of them, a stack trace, or a word of the library's.
    /// </summary>
    public string Complaint()
    {
        string all = string.Join('\n', Errors);
        Assert.True(Status is 1 or 2, $"exit status {Status}: {all}");
        Assert.DoesNotContain(Errors, line => line.StartsWith("   at ", StringComparison.Ordinal));
        // What stands in quotes is the user's own.
        string own = Regex.Replace(all, "'[^']*'", "'...'");
        foreach (string word in new[] { "(Parameter ", "Exception", "fault in delora", "be null", "to null", "Actual value" })
            Assert.DoesNotContain(word, own);
        Assert.DoesNotMatch($@"\b({string.Join('|', OptionNames.Flags.Keys.Where(k => k.Skip(1).Any(char.IsUpper)))})\b", own);
        return Said().Replace(Assert.Single(Errors, line => Said().IsMatch(line)), "");
    }
}
