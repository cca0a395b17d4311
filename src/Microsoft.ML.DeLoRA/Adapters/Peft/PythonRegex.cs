using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// Python's regular expressions, which PEFT's files hold, as ones that mean the same in .NET and still in Python. Groups lose their
/// names, since .NET counts named groups after the others and Python in order: <c>(?P&lt;n&gt;..)</c> becomes <c>(..)</c>, and what refers
/// to it, <c>(?P=n)</c> and <c>(?(n)..)</c>, has its number.
/// </summary>
internal static partial class PythonRegex
{
    /// <summary>The pattern for .NET. What Python would refuse is not looked for; .NET refuses most of it.</summary>
    public static string Translate(string python)
    {
        var text = new StringBuilder(python.Length);
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        int count = 0;
        foreach (Match part in Part().Matches(python))
        {
            string? Of(string group) => part.Groups[group] is { Success: true, Value: var value } ? value : null;
            if (Of("open") is not null)
                count++;
            if (Of("name") is { } name)
                groups[name] = (++count).ToString(CultureInfo.InvariantCulture);
            text.Append(
                Of("name") is not null ? "("
                : Of("back") is { } back && groups.TryGetValue(back, out string? number) ? $"(?:\\{number})"
                : Of("test") is { } test && groups.TryGetValue(test, out number) ? $"(?({number})"
                : Of("flags") is { } flags ? Flags(flags, part.Value[^1])
                : Of("most") is { } most ? $"{{0,{most}}}"
                : Of("class") is { } body ? $"[{Escape().Replace(body, m => m.Value == "[" ? @"\[" : m.Value)}]"
                : part.Value);
        }
        return text.ToString();
    }

    // The letters a, L and u choose an alphabet, which makes no difference in names of modules.
    private static string Flags(string letters, char end)
    {
        string left = letters.Replace("a", "").Replace("L", "").Replace("u", "");
        return left.Length > 0 ? $"(?{left}{end}" : end == ':' ? "(?:" : "(?:)";
    }

    // Inside a class a bracket is itself in Python; .NET may read '-[' as a subtraction.
    [GeneratedRegex(@"\G(?:
        \(\?P<(?<name>\w+)> |
        \(\?P=(?<back>\w+)\) |
        \(\?\((?<test>\w+)\) |
        \(\?(?<flags>[aiLmsux]+(?:-[imsx]+)?)[:)] |
        \{,(?<most>\d+)\} |
        \[(?<class>\^?\]?(?:\\.|[^\]\\])*)\] |
        (?<open>\((?!\?)) |
        \\. | .)", RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Part();

    [GeneratedRegex(@"\\.|\[", RegexOptions.Singleline)]
    private static partial Regex Escape();
}
