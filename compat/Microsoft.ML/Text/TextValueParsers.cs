using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Data;

internal enum TextParseOutcome
{
    Ok,

    /// <summary>The value became "missing"; worth a message.</summary>
    Bad,

    /// <summary>The type has no missing value: reading must stop.</summary>
    Failed,
}

internal delegate TextParseOutcome TextValueParser<T>(ReadOnlyMemory<char> text, out T value);

/// <summary>Text to values, by column type. Empty text is the default value.</summary>
internal static class TextValueParsers
{
    public static Delegate For(PrimitiveDataViewType type, TextLoader.Options options)
    {
        if (type is KeyDataViewType key)
        {
            return key.RawType == typeof(byte) ? Key<byte>(key.Count)
                : key.RawType == typeof(ushort) ? Key<ushort>(key.Count)
                : key.RawType == typeof(uint) ? Key<uint>(key.Count)
                : Key<ulong>(key.Count);
        }
        var real = new RealParser(options.DecimalMarker, options.MissingRealsAsNaNs);
        return Type.GetTypeCode(type.RawType) switch
        {
            TypeCode.SByte => Integer<sbyte>(),
            TypeCode.Byte => Integer<byte>(),
            TypeCode.Int16 => Integer<short>(),
            TypeCode.UInt16 => Integer<ushort>(),
            TypeCode.Int32 => Integer<int>(),
            TypeCode.UInt32 => Integer<uint>(),
            TypeCode.Int64 => Integer<long>(),
            TypeCode.UInt64 => Integer<ulong>(),
            TypeCode.Single => (TextValueParser<float>)real.Parse,
            TypeCode.Double => (TextValueParser<double>)real.Parse,
            TypeCode.Boolean => (TextValueParser<bool>)Boolean,
            TypeCode.DateTime => Moment<DateTime>((ReadOnlySpan<char> s, out DateTime v) => DateTime.TryParse(s, CultureInfo.InvariantCulture, out v)),
            _ when type is TimeSpanDataViewType => Moment<TimeSpan>((ReadOnlySpan<char> s, out TimeSpan v) => TimeSpan.TryParse(s, CultureInfo.InvariantCulture, out v)),
            _ when type is DateTimeOffsetDataViewType =>
                Moment<DateTimeOffset>((ReadOnlySpan<char> s, out DateTimeOffset v) => DateTimeOffset.TryParse(s, CultureInfo.InvariantCulture, out v)),
            _ => (TextValueParser<ReadOnlyMemory<char>>)Text,
        };
    }

    private delegate bool TryParse<T>(ReadOnlySpan<char> text, out T value);

    private static TextParseOutcome Text(ReadOnlyMemory<char> text, out ReadOnlyMemory<char> value)
    {
        value = text;
        return TextParseOutcome.Ok;
    }

    private static TextValueParser<T> Integer<T>() where T : IBinaryInteger<T>, IMinMaxValue<T> => (ReadOnlyMemory<char> text, out T value) =>
    {
        value = T.Zero;
        bool isSigned = T.MinValue < T.Zero;
        bool parsed = text.IsEmpty || ((isSigned || text.Span[0] != '-')
            && T.TryParse(text.Span, isSigned ? NumberStyles.AllowLeadingSign : NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && text.Span[0] != '+');
        return parsed ? TextParseOutcome.Ok : TextParseOutcome.Failed;
    };

    // Files hold 0-based keys, columns 1-based ones.
    private static TextValueParser<T> Key<T>(ulong count) where T : IBinaryInteger<T> => (ReadOnlyMemory<char> text, out T value) =>
    {
        value = T.Zero;
        if (text.IsEmpty)
            return TextParseOutcome.Ok;
        if (!ulong.TryParse(text.Span, NumberStyles.None, CultureInfo.InvariantCulture, out ulong index) || index >= count)
            return TextParseOutcome.Bad;
        value = T.CreateChecked(index + 1);
        return TextParseOutcome.Ok;
    };

    private static TextParseOutcome Boolean(ReadOnlyMemory<char> text, out bool value)
    {
        value = false;
        if (text.Length > "false".Length)
            return TextParseOutcome.Failed;
        switch (text.ToString().ToLowerInvariant())
        {
            case "true" or "yes" or "t" or "y" or "1" or "+1" or "+":
                value = true;
                return TextParseOutcome.Ok;
            case "" or "false" or "no" or "f" or "n" or "0" or "-1" or "-":
                return TextParseOutcome.Ok;
            default:
                return TextParseOutcome.Failed;
        }
    }

    private static TextValueParser<T> Moment<T>(TryParse<T> tryParse) => (ReadOnlyMemory<char> text, out T value) =>
    {
        value = default;
        return text.IsEmpty || tryParse(text.Span, out value) ? TextParseOutcome.Ok : TextParseOutcome.Failed;
    };
}
