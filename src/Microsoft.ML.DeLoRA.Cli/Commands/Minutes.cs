using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>Options that are a time in minutes.</summary>
internal static class Minutes
{
    // A year: TimeSpan ends somewhere.
    private const double Most = 60 * 24 * 365;

    /// <summary>The time that was given; null: none.</summary>
    /// <exception cref="UsageException">It is out of range.</exception>
    public static TimeSpan? Read(ParseResult arguments, Option<double?> option)
        => arguments.GetValue(option) is { } minutes ? Read(option.Name, minutes) : null;

    /// <summary>The time.</summary>
    /// <exception cref="UsageException">It is out of range.</exception>
    public static TimeSpan Read(string option, double minutes)
        => minutes is >= 0 and <= Most
            ? TimeSpan.FromMinutes(minutes)
            : throw new UsageException(FormattableString.Invariant($"{option} is {minutes}; it must be a number from 0 to {Most}."));
}
