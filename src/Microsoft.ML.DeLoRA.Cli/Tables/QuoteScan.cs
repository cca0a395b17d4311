namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>
/// Looks through a file of separated fields for quotes, and says whether they are the file's own or belong to the texts. Programs that
/// quote (pandas, Excel, R) leave no field that has a quote in it without quotes around it and doubled ones inside; texts of people do.
/// </summary>
internal sealed class QuoteScan
{
    private readonly string _text;
    private readonly char _separator;
    private readonly List<bool> _quotedInFirstRow = [];
    private bool _sameColumnsQuoted = true;
    private bool _allNeeded = true;
    private bool _anyBreak;
    private int _line = 1;

    private QuoteScan(string text, char separator) => (_text, _separator) = (text, separator);

    /// <summary>What is wrong with the quotes if they are read by RFC 4180, with its line; null: nothing.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether there is any quoted field.</summary>
    public bool AnyQuoted { get; private set; }

    /// <summary>
    /// Whether the quotes are the file's own: every field with a quote in it is quoted by the rule, and either no field is quoted without
    /// need or whole columns are. Where the lines have equally many fields without a look at quotes, a quoted field ends in its line.
    /// </summary>
    public bool IsQuoted => Fault is null && AnyQuoted && (_allNeeded || _sameColumnsQuoted) && !(_anyBreak && HasEvenLines());

    /// <summary>Looks through a file.</summary>
    public static QuoteScan Of(string text, char separator)
    {
        var scan = new QuoteScan(text, separator);
        scan.Run();
        return scan;
    }

    private void Run()
    {
        int at = 0;
        for (int row = 0; at < _text.Length; row++)
        {
            for (int column = 0; ; column++)
            {
                int begin = at;
                bool quoted = begin < _text.Length && _text[begin] == '"';
                int end = quoted ? EndOfQuoted(begin) : EndOfPlain(begin);
                if (end < 0)
                    return;
                Note(row, column, quoted);
                at = end;
                if (at >= _text.Length || _text[at] != _separator)
                    break;
                at++;
            }
            at = NextLine(at);
        }
    }

    private int EndOfPlain(int begin)
    {
        int size = _text.AsSpan(begin).IndexOfAny([_separator, '"', '\r', '\n']);
        int end = size < 0 ? _text.Length : begin + size;
        if (end == _text.Length || _text[end] != '"')
            return end;
        Fault = $"line {_line}: a quote stands inside a field that is not quoted";
        return -1;
    }

    private int EndOfQuoted(int begin)
    {
        AnyQuoted = true;
        bool doubled = false;
        int at = begin + 1;
        while (true)
        {
            int size = _text.AsSpan(at).IndexOf('"');
            if (size < 0)
            {
                Fault = $"line {_line}: a quoted field begins that has no end";
                return -1;
            }
            at += size + 1;
            if (at >= _text.Length || _text[at] != '"')
                break;
            doubled = true;
            at++;
        }
        ReadOnlySpan<char> inside = _text.AsSpan(begin + 1, at - begin - 2);
        int breaks = LineEnds(inside);
        if (at < _text.Length && _text[at] != _separator && _text[at] is not ('\r' or '\n'))
        {
            Fault = $"line {_line + breaks}: text stands behind the quote that ends a quoted field";
            return -1;
        }
        // Excel quotes because of a comma in tab-separated files, too.
        _allNeeded &= doubled || inside.Length == 0 || inside.Contains(_separator) || inside.IndexOfAny(",;\r\n") >= 0
            || char.IsWhiteSpace(inside[0]) || char.IsWhiteSpace(inside[^1]);
        _anyBreak |= breaks > 0;
        _line += breaks;
        return at;
    }

    // The header's fields may be quoted or not.
    private void Note(int row, int column, bool quoted)
    {
        if (row == 1)
            _quotedInFirstRow.Add(quoted);
        else if (row > 1)
            _sameColumnsQuoted &= column < _quotedInFirstRow.Count && _quotedInFirstRow[column] == quoted;
    }

    private int NextLine(int at)
    {
        while (at < _text.Length && _text[at] is '\r' or '\n')
        {
            if (_text[at] == '\n' || at + 1 == _text.Length || _text[at + 1] != '\n')
                _line++;
            at++;
        }
        return at;
    }

    private bool HasEvenLines()
    {
        int expected = -1;
        foreach (Range range in _text.AsSpan().SplitAny('\r', '\n'))
        {
            ReadOnlySpan<char> line = _text.AsSpan()[range];
            int separators = line.Count(_separator);
            if (line.Length > 0 && expected >= 0 && separators != expected)
                return false;
            expected = line.Length > 0 ? separators : expected;
        }
        // A file of one column has even lines whatever is in it.
        return expected > 0;
    }

    /// <summary>How many lines end in a text: with \n, \r\n or \r.</summary>
    public static int LineEnds(ReadOnlySpan<char> text) => text.Count('\n') + text.Count('\r') - text.Count("\r\n");
}
