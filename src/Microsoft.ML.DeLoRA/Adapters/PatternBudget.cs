using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters;

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
                result = isExpression ? Expression(pattern).IsMatch(name) : name == pattern || name.EndsWith("." + pattern, StringComparison.Ordinal);
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
            throw new ArgumentException($"The module patterns take more than {_whole.TotalSeconds} seconds; the last was '{pattern.Short()}'. "
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
