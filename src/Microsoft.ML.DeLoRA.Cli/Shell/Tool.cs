using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Microsoft.ML.DeLoRA.Cli.Commands;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>The tool as a whole: its commands, and how a command line becomes an exit status. Nothing escapes it as an exception.</summary>
internal static class Tool
{
    /// <summary>The command line cannot be read: an unknown option, a missing one, a value of the wrong type.</summary>
    public const int UsageError = 2;

    private static readonly ParserConfiguration _parser = new()
    {
        // A text may begin with '@', and with '-'.
        ResponseFileTokenReplacer = null,
        EnablePosixBundling = false,
    };

    /// <summary>All commands, in the order in which help lists them.</summary>
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand("Fine-tunes RoBERTa text classifiers with DeLoRA and other adapter methods")
        {
            TrainCommand.Create(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            InfoCommand.Create(),
            MethodsCommand.Create(),
            ExportCommand.Create(),
            ImportCommand.Create(),
            GlueCommand.Create(),
            RobustnessCommand.Create(),
            PretrainCommand.Create(),
            DoctorCommand.Create(),
            Failure.Verbose(),
        };
        foreach (Option option in root.Options.Concat(root.Subcommands.SelectMany(c => c.Options)))
            OptionValues.CheckStrictly(option);
        root.Options.OfType<HelpOption>().Single().Action = new Help();
        root.SetAction(_ => Help.Write(Console.Out, root, root));
        return root;
    }

    /// <summary>Parses and runs a command line; says on standard error what is wrong.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>0: done; 1: failed; <see cref="UsageError"/>; 130: stopped.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        bool verbose = arguments.Contains(Failure.VerboseName);
        try
        {
            ParseResult result = CreateRoot().Parse(arguments, _parser);
            if (result.Action is not { ClearsParseErrors: true } && CommandLineError.Of(result) is { } error)
            {
                Console.Error.WriteLine($"delora: {error}");
                return UsageError;
            }
            // A cancelled run may finish its step and write its checkpoint.
            return await result.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
            });
        }
        catch (Exception e)
        {
            return Failure.Report(e, verbose);
        }
    }
}
