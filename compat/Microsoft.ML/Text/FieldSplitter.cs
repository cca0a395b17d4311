using System.Text;

namespace Microsoft.ML.Data;

/// <summary>A field of a line. Illegal quoting leaves <see cref="Text"/> empty.</summary>
/// <param name="Text">The value, unquoted.</param>
/// <param name="Start">Where it starts in the line.</param>
/// <param name="End">Where it ends (exclusive).</param>
/// <param name="IsIllegal">Whether its quoting is illegal.</param>
internal readonly record struct TextField(ReadOnlyMemory<char> Text, int Start, int End, bool IsIllegal);

/// <summary>Cuts a line into fields. Leading blanks of a field go, unless the blank is a separator.</summary>
internal sealed class FieldSplitter(TextLoader.Options options)
{
    private readonly char[] _separators = options.Separators;
    private readonly bool _skipBlanks = !options.Separators.Contains(' ');
    private readonly List<TextField> _fields = [];
    private readonly StringBuilder _unquoted = new();

    /// <summary>The fields; the list is reused by the next call.</summary>
    public List<TextField> Split(string text)
    {
        ReadOnlyMemory<char> line = options.TrimWhitespace ? text.AsMemory().TrimEnd() : text.AsMemory();
        _fields.Clear();
        for (int position = 0; ;)
        {
            int start = position;
            if (_skipBlanks)
                position = SkipBlanks(line.Span, position);
            TextField field = options.AllowQuoting && position < line.Length && line.Span[position] == '"'
                ? Quoted(line, position)
                : new TextField(line[position..SeparatorFrom(line.Span, position)], start, SeparatorFrom(line.Span, position), false);
            _fields.Add(field);
            if (field.End >= line.Length)
                return _fields;
            position = field.End + 1;
        }
    }

    private TextField Quoted(ReadOnlyMemory<char> line, int start)
    {
        ReadOnlySpan<char> text = line.Span;
        _unquoted.Clear();
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] == options.EscapeChar && i + 1 < text.Length && text[i + 1] == '"')
            {
                _unquoted.Append('"');
                i++;
                continue;
            }
            if (text[i] != '"')
            {
                _unquoted.Append(text[i]);
                continue;
            }
            int after = _skipBlanks ? SkipBlanks(text, i + 1) : i + 1;
            int end = SeparatorFrom(text, after);
            return after == end
                ? new TextField(_unquoted.ToString().AsMemory(), start, end, false)
                : new TextField(default, start, end, true);
        }
        return new TextField(default, start, text.Length, true);
    }

    private int SeparatorFrom(ReadOnlySpan<char> text, int position)
    {
        int offset = text[position..].IndexOfAny(_separators);
        return offset < 0 ? text.Length : position + offset;
    }

    private static int SkipBlanks(ReadOnlySpan<char> text, int position)
    {
        while (position < text.Length && text[position] == ' ')
            position++;
        return position;
    }
}
