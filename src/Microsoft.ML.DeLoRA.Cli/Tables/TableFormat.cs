namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>What is known of how a file of rows is written.</summary>
internal sealed record TableFormat
{
    private static readonly (string Name, char Separator)[] _names =
        [("tab", '\t'), ("comma", ','), ("semicolon", ';'), ("pipe", '|'), ("space", ' ')];

    /// <summary>Whether the first line names the columns; else they are numbers from 0.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>What stands between the fields; null: what the file's name and first line show.</summary>
    public char? Separator { get; init; }

    /// <summary>What stood between the fields of another file of this kind; counts where it is in the first line.</summary>
    public char? UsualSeparator { get; init; }

    /// <summary>Whether each line is a JSON object; files whose names end in .jsonl or .ndjson are such in any case.</summary>
    public bool JsonLines { get; init; }

    /// <summary>The separators that have names, for help.</summary>
    public static string SeparatorNames => string.Join(", ", _names.Select(n => n.Name));

    /// <summary>The separator that a user names, or writes as it is.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static char ParseSeparator(string text)
    {
        foreach ((string name, char separator) in _names)
        {
            if (text.Equals(name, StringComparison.OrdinalIgnoreCase))
                return separator;
        }
        return text switch
        {
            "\\t" => '\t',
            [var one] when !char.IsLetterOrDigit(one) && one is not ('"' or '\r' or '\n') && !char.IsSurrogate(one) => one,
            _ => throw new UsageException(
                $"--separator: '{text}' is none; give {SeparatorNames}, or one character that is no letter, digit or quote."),
        };
    }

    /// <summary>A separator as it is told to people.</summary>
    public static string NameOf(char separator)
    {
        foreach ((string name, char known) in _names)
        {
            if (known == separator)
                return name;
        }
        return $"'{separator}'";
    }

    /// <summary>Whether a file holds JSON lines.</summary>
    public bool IsJsonLines(string path)
        => JsonLines || Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson";
}
