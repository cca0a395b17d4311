using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Pretraining;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

/// <summary>All commands whose lines are read by the tool's shell: the tool's, and the programs of tools/.</summary>
internal static class Programs
{
    public static IReadOnlyList<(string Name, System.CommandLine.Command Command)> Commands =>
    [
        .. Tool.CreateRoot().Subcommands.Select(c => (c.Name, c)),
        (PretrainCommand.Name, Tool.Prepared(PretrainCommand.Create())),
    ];

    public static IEnumerable<Option> OptionsOf(string name) => Commands.Single(c => c.Name == name).Command.Options
        .Where(o => o is not (System.CommandLine.Help.HelpOption or VersionOption) && o.Name != Failure.VerboseName);
}
