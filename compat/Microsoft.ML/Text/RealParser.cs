using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>Text to float and double: NaN for what is no number.</summary>
internal sealed class RealParser(char decimalMarker, bool missingAsNaN)
{
    private static readonly string[] MissingMarks = ["?", "NaN", "NA", "N/A"];

    public TextParseOutcome Parse(ReadOnlyMemory<char> text, out float value) => ParseReal(text, out value);

    public TextParseOutcome Parse(ReadOnlyMemory<char> text, out double value) => ParseReal(text, out value);

    private TextParseOutcome ParseReal<T>(ReadOnlyMemory<char> text, out T value) where T : IFloatingPointIeee754<T>
    {
        ReadOnlySpan<char> span = text.Span;
        value = missingAsNaN ? T.NaN : T.Zero;
        if (span.IsEmpty)
            return TextParseOutcome.Ok;

        span = span.TrimEnd(' ');
        value = T.NaN;
        foreach (string mark in MissingMarks)
        {
            if (span.Equals(mark, StringComparison.OrdinalIgnoreCase))
                return TextParseOutcome.Ok;
        }
        bool isSigned = !span.IsEmpty && span[0] is '-' or '+';
        if (span[(isSigned ? 1 : 0)..] is "Infinity" or "\u221e")
        {
            value = span[0] == '-' ? T.NegativeInfinity : T.PositiveInfinity;
            return TextParseOutcome.Ok;
        }
        if (!IsNumber(span, isSigned ? 1 : 0))
            return TextParseOutcome.Bad;

        string plain = decimalMarker == '.' ? span.ToString() : span.ToString().Replace(decimalMarker, '.');
        value = T.Parse(plain, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (value == T.Zero)
            value = T.Zero; // never a negative zero
        return TextParseOutcome.Ok;
    }

    private bool IsNumber(ReadOnlySpan<char> text, int position)
    {
        int digits = Digits(text, ref position);
        if (position < text.Length && text[position] == decimalMarker)
        {
            position++;
            digits += Digits(text, ref position);
        }
        if (digits == 0)
            return false;
        if (position < text.Length && text[position] is 'e' or 'E')
        {
            position++;
            if (position < text.Length && text[position] is '-' or '+')
                position++;
            if (Digits(text, ref position) == 0)
                return false;
        }
        return position == text.Length;
    }

    private static int Digits(ReadOnlySpan<char> text, ref int position)
    {
        int start = position;
        while (position < text.Length && char.IsAsciiDigit(text[position]))
            position++;
        return position - start;
    }
}
