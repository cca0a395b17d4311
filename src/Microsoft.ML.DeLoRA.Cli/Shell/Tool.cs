using System.CommandLine;
using System.CommandLine.Help;
using Microsoft.ML.DeLoRA.Cli.Commands;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>The tool as a whole: its commands, and how a command line becomes an exit status. Nothing escapes it as an exception.</summary>
internal static class Tool
{
    /// <summary>The command line cannot be read: an unknown option, a missing one, a value of the wrong type.</summary>
    public const int UsageError = 2;

    private const string Name = "delora";

    private static readonly ParserConfiguration _parser = new()
    {
        // A text may begin with '@', and with '-'.
        ResponseFileTokenReplacer = null,
        EnablePosixBundling = false,
    };

    /// <summary>What the program that runs is called, in messages and help.</summary>
    public static string ProgramName { get; private set; } = Name;

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
            DoctorCommand.Create(),
        };
        root.SetAction(_ => Help.Write(Console.Out, root, root));
        return Prepared(root);
    }

    /// <summary>
    /// Gives a program's commands strict reading, help and <c>--verbose</c>: this tool's, or those of a program in tools/.
    /// </summary>
    public static RootCommand Prepared(RootCommand root)
    {
        root.Add(Failure.Verbose());
        foreach (Option option in root.Options.Concat(root.Subcommands.SelectMany(c => c.Options)))
            OptionValues.CheckStrictly(option);
        root.Options.OfType<HelpOption>().Single().Action = new Help();
        return root;
    }

    /// <summary>Parses and runs a command line of the tool; says on standard error what is wrong.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>0: done; 1: failed; <see cref="UsageError"/>; 130: stopped.</returns>
    public static Task<int> RunAsync(string[] arguments) => RunAsync(CreateRoot(), Name, arguments);

    /// <summary>The same for another program.</summary>
    /// <param name="root">Its commands, or its only one, <see cref="Prepared"/>.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>0: done; 1: failed; <see cref="UsageError"/>; 130: stopped.</returns>
    public static async Task<int> RunAsync(RootCommand root, string name, string[] arguments)
    {
        ProgramName = name;
        bool verbose = arguments.Contains(Failure.VerboseName);
        try
        {
            ParseResult result = root.Parse(arguments, _parser);
            if (result.Action is not { ClearsParseErrors: true } && CommandLineError.Of(result) is { } error)
            {
                Console.Error.WriteLine($"{name}: {error}");
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
        finally
        {
            ProgramName = Name;
        }
    }
}
