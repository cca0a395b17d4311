using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// The ways to name modules in PEFT and here (<see cref="ModulePattern"/>). A list of names means the same in both. PEFT's regular
/// expression, a text instead of a list, must match the whole of a name that starts with the family's prefix; it becomes one pattern
/// that says so (<see cref="PythonRegex"/>). PEFT's tables (<c>rank_pattern</c>) have regular expressions for the end of a name as keys.
/// </summary>
internal static partial class PeftPatterns
{
    private const string RegexEnd = ")$";
    private const int LongestRegex = 10_000;

    /// <summary>The patterns of <c>target_modules</c> and the like; null where the key is absent or null.</summary>
    public static string[]? Read(PeftKeys keys, string key)
    {
        if (keys[key] is not JsonArray && keys.Text(key) is { } text)
        {
            bool isAllLinear = text.Equals(ModulePattern.AllLinear, StringComparison.OrdinalIgnoreCase);
            return [isAllLinear ? ModulePattern.AllLinear : Checked(WholeStart(keys.Family), text, key, keys)];
        }
        string[]? names = keys.Texts(key);
        if (names?.FirstOrDefault(n => !IsName(n)) is { } strange)
            throw new InvalidDataException(
                $"{keys.Description}: '{key}' lists '{strange.Short()}', which is no name of a module; "
                + "a regular expression stands alone, not in a list.");
        return names;
    }

    /// <summary>The pattern of a key of one of PEFT's tables.</summary>
    public static string FromKey(string peft, string key, PeftKeys keys)
        => PlainName().IsMatch(peft) ? peft : Checked(EndStart(keys.Family), peft, key, keys);

    /// <summary>Patterns as PEFT writes them in <c>target_modules</c> and the like; null when it has no form for them.</summary>
    public static JsonNode? Write(IReadOnlyList<string> patterns)
    {
        if (patterns.All(IsName))
            return new JsonArray([.. patterns.Select(p => JsonValue.Create(p))]);
        if (patterns is not [var only])
            return null;
        return only == ModulePattern.AllLinear ? only : Inner(only, WholeStart) is { } regex ? regex : null;
    }

    /// <summary>A pattern as a key of one of PEFT's tables; null when it has no form for it.</summary>
    public static string? ToKey(string pattern) => PlainName().IsMatch(pattern) ? pattern : Inner(pattern, EndStart);

    /// <summary>A pattern in the file's words, for messages.</summary>
    public static string Shown(string pattern) => Inner(pattern, WholeStart) ?? Inner(pattern, EndStart) ?? pattern;

    private static bool IsName(string pattern)
        => !string.IsNullOrWhiteSpace(pattern) && pattern[0] != '^' && pattern != ModulePattern.AllLinear;

    private static string WholeStart(EncoderFamily family) => $"^(?={Regex.Escape(family.Prefix)})(?:";

    private static string EndStart(EncoderFamily family) => $@"^(?={Regex.Escape(family.Prefix)}.*)(?:.*\.)?(?:";

    private static string? Inner(string pattern, Func<EncoderFamily, string> startOf)
        => EncoderFamilies.All.Select(startOf).FirstOrDefault(s => pattern.StartsWith(s, StringComparison.Ordinal)) is { } start
            && pattern.EndsWith(RegexEnd, StringComparison.Ordinal)
            ? pattern[start.Length..^RegexEnd.Length]
            : null;

    private static string Checked(string start, string peft, string key, PeftKeys keys)
    {
        if (peft.Length > LongestRegex)
            throw new InvalidDataException(
                $"{keys.Description}: '{key}' has a regular expression of {peft.Length:N0} characters; "
                + $"at most {LongestRegex:N0} are read.");
        try
        {
            string translated = PythonRegex.Translate(peft);
            string pattern = start + translated + RegexEnd;
            // Alone as well: 'a)|(b' would be valid once it stands in the group.
            _ = new Regex(translated, RegexOptions.CultureInvariant);
            _ = new Regex(pattern, RegexOptions.CultureInvariant);
            return pattern;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException(
                $"{keys.Description}: '{key}' has '{peft.Short()}', which is no valid regular expression: {e.Message}", e);
        }
    }

    // A dot stands for any character in PEFT's tables; in names of modules that makes no difference.
    [GeneratedRegex(@"^(?!all-linear$)[A-Za-z0-9_.\-]+$")]
    private static partial Regex PlainName();
}

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
