using System.CommandLine;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary>Runs a command of the tool in this process.</summary>
internal static class CommandOutput
{
    /// <summary>What a command that must succeed writes to standard output.</summary>
    public static string Of(System.CommandLine.Command command, params string[] arguments) => OfBoth(command, arguments).Output;

    /// <summary>What a command that must succeed writes to standard output and standard error.</summary>
    public static (string Output, string Errors) OfBoth(System.CommandLine.Command command, params string[] arguments)
    {
        (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
        using var written = new StringWriter();
        using var errors = new StringWriter();
        Console.SetOut(written);
        Console.SetError(errors);
        try
        {
            Assert.Equal(0, command.Parse(arguments).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
        return (written.ToString(), errors.ToString());
    }
}
