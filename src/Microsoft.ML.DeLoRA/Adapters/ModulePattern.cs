using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// Names of modules: <c>query</c> or <c>attention.output.dense</c> means every module whose dotted name ends so; a pattern that
/// starts with <c>^</c> is a regular expression over the whole name, such as <c>^encoder\.layer\.[0-5]\..*\.value$</c>.
/// </summary>
public static class ModulePattern
{
    // A pattern may come from a file; one that backtracks for ever must not hang the program.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(1);

    /// <summary>Does the pattern name that module?</summary>
    /// <exception cref="ArgumentException">An empty pattern or no valid regular expression.</exception>
    public static bool Matches(string pattern, string moduleName)
    {
        if (string.IsNullOrWhiteSpace(pattern))
            throw new ArgumentException("A module pattern is empty; write a name such as 'query'.", nameof(pattern));
        if (pattern[0] == '^')
            return Regex.IsMatch(moduleName, pattern, RegexOptions.CultureInvariant, _timeout);
        return moduleName == pattern || moduleName.EndsWith("." + pattern, StringComparison.Ordinal);
    }

    /// <summary>The layers that at least one of the patterns names, in the encoder's order.</summary>
    /// <exception cref="ArgumentException">A pattern names no layer; the message lists the names that there are.</exception>
    public static AdaptableLinear[] Select(IEnumerable<AdaptableLinear> layers, IReadOnlyList<string> patterns)
    {
        AdaptableLinear[] all = [.. layers];
        if (patterns.Count == 0)
            throw new ArgumentException("No target module is given; write names such as 'query' and 'value'.", nameof(patterns));
        foreach (string pattern in patterns)
        {
            if (!all.Any(l => Matches(pattern, l.Name)))
                throw new ArgumentException(
                    $"Target module '{pattern}' names no linear layer of the encoder. There are: {string.Join(", ", Endings(all))}.", nameof(patterns));
        }
        return [.. all.Where(l => patterns.Any(p => Matches(p, l.Name)))];
    }

    // encoder.layer.0.attention.self.query -> attention.self.query, once for all layers.
    private static IEnumerable<string> Endings(AdaptableLinear[] layers)
        => layers.Select(l => Regex.Replace(l.Name, @"^encoder\.layer\.\d+\.", "")).Distinct();
}
