using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// Names of modules: <c>query</c> or <c>attention.output.dense</c> means every module whose dotted name ends so; a pattern that
/// starts with <c>^</c> is a regular expression over the whole name, such as <c>^encoder\.layer\.[0-5]\..*\.value$</c>;
/// <see cref="AllLinear"/> means every linear layer of the encoder. A name or regular expression may also start with the family's
/// prefix, as Hugging Face's names do: <c>^roberta\.encoder\..*query$</c>.
/// </summary>
internal static class ModulePattern
{
    /// <summary>The pattern that names every linear layer of the encoder; the head is none of them, it trains anyway.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>The pattern that names the second feed-forward layer of each encoder layer, and not the attention's output layer.</summary>
    public const string FeedForwardOutput = @"^encoder\.layer\.\d+\.output\.dense$";

    // A PEFT regular expression of 10,000 characters, and what is put around it.
    private const int LongestPattern = 10_100;

    /// <summary>Does the pattern name that module?</summary>
    /// <exception cref="ArgumentException">
    /// An empty pattern, no valid regular expression, or one that takes seconds: all patterns of a method, or of its file, have two
    /// together.
    /// </exception>
    public static bool Matches(string pattern, string moduleName)
    {
        if (string.IsNullOrWhiteSpace(pattern))
            throw new ArgumentException("A module pattern is empty; write a name such as 'query'.", nameof(pattern));
        if (pattern.Length > LongestPattern)
            throw new ArgumentException(
                $"A module pattern has {pattern.Length:N0} characters, '{pattern.Short()}'; at most {LongestPattern:N0} are read.",
                    nameof(pattern));
        bool isExpression = pattern[0] == '^';
        string? prefix = EncoderFamilies.All.Select(f => f.Prefix).FirstOrDefault(p => IsOverFullNames(pattern, p));
        return pattern == AllLinear || PatternBudget.IsMatch(pattern, isExpression, prefix + moduleName);
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
        IEnumerable<AdaptableLinear> layers, IReadOnlyList<string> patterns, IReadOnlyList<string>? excluded = null,
            IReadOnlyList<int>? layerNumbers = null)
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
            : throw new ArgumentException("No module is left: every target is excluded, or no encoder layer is asked for.",
                nameof(patterns));
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
            throw new ArgumentException($"Encoder layers [{string.Join(", ", numbers)}] are asked for; they are "
                + $"numbered from 0 to {layerCount - 1}.", nameof(numbers));
        return [.. numbers?.Distinct().Order() ?? Enumerable.Range(0, layerCount)];
    }

    /// <summary>What layers are called in every encoder layer, for messages: <c>attention.self.query</c>.</summary>
    internal static IEnumerable<string> Endings(IEnumerable<AdaptableLinear> layers)
        => layers.Select(l => Regex.Replace(l.Name, @"^encoder\.layer\.\d+\.", "")).Distinct();

    private static int LayerNumber(string name) => int.Parse(name.Split('.')[2], System.Globalization.CultureInfo.InvariantCulture);

    // The last form is that of patterns that were read from PEFT.
    private static bool IsOverFullNames(string pattern, string prefix)
        => pattern.StartsWith(prefix, StringComparison.Ordinal)
            || pattern.StartsWith("^" + prefix[..^1], StringComparison.Ordinal)
            || pattern.StartsWith($"^(?={Regex.Escape(prefix)}", StringComparison.Ordinal);
}

/// <summary>
/// The time that all patterns of one method may take together. They may come from a file: one regular expression that backtracks for
/// ever, or thousands that are slow, must not hang the program.
/// </summary>
/// <remarks>Counts on the thread that began it, until it is disposed.</remarks>
internal sealed class PatternBudget : IDisposable
{
    // Those of a method on RoBERTa-large take some milliseconds.
    private static readonly TimeSpan _whole = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _slow = TimeSpan.FromMilliseconds(10);

    [ThreadStatic]
    private static PatternBudget? _current;

    private readonly Dictionary<string, Regex> _expressions = new(StringComparer.Ordinal);
    private TimeSpan _left = _whole;

    private PatternBudget()
    {
    }

    /// <summary>Begins one; null within another, which goes on to count.</summary>
    public static PatternBudget? Begin() => _current is null ? _current = new PatternBudget() : null;

    /// <summary>Does the pattern name the module?</summary>
    /// <param name="pattern">The pattern, for the message.</param>
    /// <param name="isExpression">Whether it is a regular expression, and not the end of a name.</param>
    /// <param name="name">The module's name.</param>
    /// <exception cref="ArgumentException">It is no valid regular expression, or the time is used up.</exception>
    public static bool IsMatch(string pattern, bool isExpression, string name)
    {
        using PatternBudget? own = Begin();
        return _current!.Match(pattern, isExpression, name);
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => _current = null;

    private bool Match(string pattern, bool isExpression, string name)
    {
        long start = Stopwatch.GetTimestamp();
        bool result = false, isLate = _left <= TimeSpan.Zero;
        try
        {
            if (!isLate)
                result = isExpression
                    ? Expression(pattern).IsMatch(name)
                    : name == pattern || name.EndsWith("." + pattern, StringComparison.Ordinal);
        }
        catch (RegexMatchTimeoutException)
        {
            isLate = true;
        }
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        _left -= elapsed;
        // One that is slow gets no more than is left the next time.
        if (elapsed > _slow)
            _expressions.Remove(pattern);
        if (isLate || _left <= TimeSpan.Zero)
        {
            throw new ArgumentException($"The module patterns take more than {_whole.TotalSeconds} seconds; the "
                + $"last was '{pattern.Short()}'. "
                + "Write simpler ones, without repetitions of repetitions.");
        }
        return result;
    }

    private Regex Expression(string pattern)
    {
        if (!_expressions.TryGetValue(pattern, out Regex? expression))
            _expressions[pattern] = expression = new Regex(pattern, RegexOptions.CultureInvariant, _left);
        return expression;
    }
}
