using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// Names of modules: <c>query</c> or <c>attention.output.dense</c> means every module whose dotted name ends so; a pattern that
/// starts with <c>^</c> is a regular expression over the whole name, such as <c>^encoder\.layer\.[0-5]\..*\.value$</c>;
/// <see cref="AllLinear"/> means every linear layer of the encoder. A name or regular expression may also start with
/// <c>roberta.</c>, as Hugging Face's names do: <c>^roberta\.encoder\..*query$</c>.
/// </summary>
public static class ModulePattern
{
    /// <summary>The pattern that names every linear layer of the encoder; the head is none of them, it trains anyway.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>The pattern that names the second feed-forward layer of each encoder layer, and not the attention's output layer.</summary>
    public const string FeedForwardOutput = @"^encoder\.layer\.\d+\.output\.dense$";

    // A PEFT regular expression of 10,000 characters, and what is put around it.
    private const int LongestPattern = 10_100;

    // Stands before the encoder's names in Hugging Face's models.
    private const string Prefix = "roberta.";

    /// <summary>Does the pattern name that module?</summary>
    /// <exception cref="ArgumentException">
    /// An empty pattern, no valid regular expression, or one that takes seconds: all patterns of a method, or of its file, have two together.
    /// </exception>
    public static bool Matches(string pattern, string moduleName)
    {
        if (string.IsNullOrWhiteSpace(pattern))
            throw new ArgumentException("A module pattern is empty; write a name such as 'query'.", nameof(pattern));
        if (pattern.Length > LongestPattern)
            throw new ArgumentException(
                $"A module pattern has {pattern.Length:N0} characters, '{pattern.Short()}'; at most {LongestPattern:N0} are read.", nameof(pattern));
        bool isExpression = pattern[0] == '^';
        return pattern == AllLinear
            || PatternBudget.IsMatch(pattern, isExpression, isExpression && !IsOverFullNames(pattern) ? moduleName : Prefix + moduleName);
    }

    /// <summary>The linear layers that at least one of the patterns names, in the encoder's order.</summary>
    /// <param name="layers">The encoder's linear layers.</param>
    /// <param name="patterns">What to take.</param>
    /// <param name="excluded">What to leave out again; null: nothing.</param>
    /// <param name="layerNumbers">Encoder layers to take from, counted from 0; null: all.</param>
    /// <exception cref="ArgumentException">
    /// A pattern names no layer, there is no encoder layer of a number, or nothing is left; the message says what there is.
    /// </exception>
    public static AdaptableLinear[] Select(
        IEnumerable<AdaptableLinear> layers, IReadOnlyList<string> patterns, IReadOnlyList<string>? excluded = null, IReadOnlyList<int>? layerNumbers = null)
    {
        AdaptableLinear[] all = [.. layers];
        if (patterns.Count == 0)
            throw new ArgumentException("No target module is given; write names such as 'query' and 'value'.", nameof(patterns));
        RequireNaming(nameof(LinearAdapterMethod.TargetModules), patterns, all);
        RequireNaming(nameof(LinearAdapterMethod.ExcludeModules), excluded ?? [], all);
        int layerCount = all.Max(l => LayerNumber(l.Name)) + 1;
        var numbers = SelectLayers(layerCount, layerNumbers).ToHashSet();
        AdaptableLinear[] selected =
        [
            .. all.Where(l => patterns.Any(p => Matches(p, l.Name))
                && excluded?.Any(p => Matches(p, l.Name)) != true
                && numbers.Contains(LayerNumber(l.Name))),
        ];
        return selected.Length > 0 ? selected
            : throw new ArgumentException("No module is left: every target is excluded, or no encoder layer is asked for.", nameof(patterns));
    }

    /// <summary>
    /// Refuses patterns of an option that name none of some layers: most are typing errors, and would change nothing silently.
    /// </summary>
    /// <exception cref="ArgumentException">There is one; the message names the option, the pattern and what there is.</exception>
    internal static void RequireNaming(
        string option, IEnumerable<string> patterns, IEnumerable<AdaptableLinear> layers, string what = "linear layer of the encoder")
    {
        if (patterns.FirstOrDefault(p => !layers.Any(l => Matches(p, l.Name))) is { } unused)
            throw new ArgumentException($"{option}: '{unused.Short()}' names no {what}. There are: {string.Join(", ", Endings(layers))}.");
    }

    /// <summary>The numbers of the encoder layers that are asked for, in order.</summary>
    /// <param name="layerCount">How many there are.</param>
    /// <param name="numbers">Which, counted from 0; null: all.</param>
    /// <exception cref="ArgumentException">There is no layer of a number.</exception>
    internal static int[] SelectLayers(int layerCount, IReadOnlyList<int>? numbers)
    {
        if (numbers?.Any(n => n < 0 || n >= layerCount) == true)
            throw new ArgumentException($"Encoder layers [{string.Join(", ", numbers)}] are asked for; they are numbered from 0 to {layerCount - 1}.", nameof(numbers));
        return [.. numbers?.Distinct().Order() ?? Enumerable.Range(0, layerCount)];
    }

    /// <summary>What layers are called in every encoder layer, for messages: <c>attention.self.query</c>.</summary>
    internal static IEnumerable<string> Endings(IEnumerable<AdaptableLinear> layers)
        => layers.Select(l => Regex.Replace(l.Name, @"^encoder\.layer\.\d+\.", "")).Distinct();

    private static int LayerNumber(string name) => int.Parse(name.Split('.')[2], System.Globalization.CultureInfo.InvariantCulture);

    // The second form is that of patterns that were read from PEFT.
    private static bool IsOverFullNames(string pattern)
        => pattern.StartsWith("^roberta", StringComparison.Ordinal) || pattern.StartsWith(@"^(?=roberta\.", StringComparison.Ordinal);
}
