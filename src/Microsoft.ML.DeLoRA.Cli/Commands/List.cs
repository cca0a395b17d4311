using System.Globalization;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>Options whose values are separated by commas.</summary>
internal static class List
{
    /// <summary>The items, each once, in any case.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static string[] Parse(string text, string option)
        => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } items
            ? [.. items.Distinct(StringComparer.OrdinalIgnoreCase)]
            : throw new UsageException($"{option} is empty.");

    /// <summary>The values of <c>--seeds</c>.</summary>
    /// <exception cref="UsageException">There is none, or one is no whole number.</exception>
    public static int[] Seeds(string text) => [.. Parse(text, "--seeds").Select(Seed)];

    private static int Seed(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seed)
            ? seed
            : throw new UsageException($"--seeds: '{text}' is no whole number from 0 to {int.MaxValue}.");
}
