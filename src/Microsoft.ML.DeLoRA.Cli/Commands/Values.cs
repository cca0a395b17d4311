using System.CommandLine;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>Options that have a default.</summary>
internal static class Values
{
    public static Option<T> Option<T>(string name, string description, T fallback)
        => new(name) { Description = description, DefaultValueFactory = _ => fallback };
}
