using System.Globalization;

namespace Microsoft.ML.Transforms;

/// <summary>How values of one type behave as keys: which are missing, in which order they are, how they read as text.</summary>
internal static class TermValues<T>
{
    public static readonly IEqualityComparer<T> Equality = typeof(T) == typeof(ReadOnlyMemory<char>)
        ? (IEqualityComparer<T>)(object)new TextEquality()
        : EqualityComparer<T>.Default;

    public static readonly IComparer<T> Order = typeof(T) == typeof(ReadOnlyMemory<char>)
        ? (IComparer<T>)(object)Comparer<ReadOnlyMemory<char>>.Create((a, b) => a.Span.SequenceCompareTo(b.Span))
        : Comparer<T>.Default;

    /// <summary>What stands for a missing value where a column of this type has one; else the default.</summary>
    public static readonly T Missing = (T)(object)(typeof(T) switch
    {
        var t when t == typeof(float) => float.NaN,
        var t when t == typeof(double) => double.NaN,
        _ => default(T),
    });

    /// <summary>Empty text, NaN and the raw value 0 of a key are missing.</summary>
    public static bool IsMissing(T value, DataViewType type) => value switch
    {
        ReadOnlyMemory<char> text => text.IsEmpty,
        float number => float.IsNaN(number),
        double number => double.IsNaN(number),
        _ => type is KeyDataViewType && EqualityComparer<T>.Default.Equals(value, default),
    };

    public static string Text(T value) => value switch
    {
        bool truth => truth ? "1" : "0",
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        double number => number.ToString("G17", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private sealed class TextEquality : IEqualityComparer<ReadOnlyMemory<char>>
    {
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);
    }
}
