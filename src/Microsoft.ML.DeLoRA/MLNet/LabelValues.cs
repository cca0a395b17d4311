using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The values behind the keys of a label column, such as the classes' names.</summary>
/// <param name="Kind">Their type.</param>
/// <param name="Texts">The values as text, by key.</param>
internal sealed record LabelValues(LabelValueKind Kind, IReadOnlyList<string> Texts)
{
    /// <summary>Those of a key column; null when it has none.</summary>
    public static LabelValues? Of(DataViewSchema.Column column)
    {
        // ML.NET's HasKeyValues asks for texts, but keys of numbers and Booleans have values, too.
        if (column.Type is not KeyDataViewType
            || column.Annotations.Schema.GetColumnOrNull(AnnotationNames.KeyValues)?.Type is not VectorDataViewType type)
            return null;
        return LabelValueKind.Find(type.ItemType) is { } kind
            ? new LabelValues(kind, kind.Read(column.Annotations, AnnotationNames.KeyValues))
            : null;
    }

    /// <summary>Values that are texts.</summary>
    public static LabelValues OfTexts(IReadOnlyList<string> texts) => new(LabelValueKind.Find(TextDataViewType.Instance)!, texts);

    /// <summary>Is every text a value of the kind? Those of a file may not be.</summary>
    public bool AreValid
    {
        get
        {
            try
            {
                AddTo(new DataViewSchema.Annotations.Builder(), AnnotationNames.KeyValues);
                return true;
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                return false;
            }
        }
    }

    /// <summary>Adds them as an annotation.</summary>
    public void AddTo(DataViewSchema.Annotations.Builder builder, string annotation) => Kind.Add(builder, annotation, Texts);

    public bool Equals(LabelValues? other) => other is not null && Kind == other.Kind && Texts.SequenceEqual(other.Texts);

    public override int GetHashCode() => HashCode.Combine(Kind, Texts.Count);
}

/// <summary>A type that label values may have, and how such values are written as text. The table is all that a file can name.</summary>
internal abstract class LabelValueKind
{
    private static readonly LabelValueKind[] _all =
    [
        new Of<ReadOnlyMemory<char>>("text", TextDataViewType.Instance, v => v.ToString(), t => t.AsMemory()),
        new Of<bool>("boolean", BooleanDataViewType.Instance, v => v.ToString(), bool.Parse),
        Number<sbyte>("int8", NumberDataViewType.SByte),
        Number<byte>("uint8", NumberDataViewType.Byte),
        Number<short>("int16", NumberDataViewType.Int16),
        Number<ushort>("uint16", NumberDataViewType.UInt16),
        Number<int>("int32", NumberDataViewType.Int32),
        Number<uint>("uint32", NumberDataViewType.UInt32),
        Number<long>("int64", NumberDataViewType.Int64),
        Number<ulong>("uint64", NumberDataViewType.UInt64),
        Number<float>("float32", NumberDataViewType.Single),
        Number<double>("float64", NumberDataViewType.Double),
        new Of<TimeSpan>("time_span", TimeSpanDataViewType.Instance,
            v => v.ToString("c", Culture), t => TimeSpan.ParseExact(t, "c", Culture)),
        new Of<DateTime>("date_time", DateTimeDataViewType.Instance,
            v => v.ToString("O", Culture), t => DateTime.ParseExact(t, "O", Culture, DateTimeStyles.RoundtripKind)),
        new Of<DateTimeOffset>("date_time_offset", DateTimeOffsetDataViewType.Instance,
            v => v.ToString("O", Culture), t => DateTimeOffset.ParseExact(t, "O", Culture)),
    ];

    private static CultureInfo Culture => CultureInfo.InvariantCulture;

    /// <summary>Its name in files.</summary>
    public required string Name { get; init; }

    /// <summary>ML.NET's type.</summary>
    public required PrimitiveDataViewType Type { get; init; }

    /// <summary>The kind of an ML.NET type, or null.</summary>
    public static LabelValueKind? Find(DataViewType type) => _all.FirstOrDefault(k => k.Type.Equals(type));

    /// <summary>The kind of a name, or null.</summary>
    public static LabelValueKind? Find(string name) => _all.FirstOrDefault(k => k.Name == name);

    /// <summary>Reads an annotation that holds a vector of such values, as texts.</summary>
    public abstract string[] Read(DataViewSchema.Annotations annotations, string kind);

    /// <summary>Adds an annotation that holds a vector of such values.</summary>
    /// <exception cref="FormatException">A text is no such value.</exception>
    public abstract void Add(DataViewSchema.Annotations.Builder builder, string kind, IReadOnlyList<string> texts);

    private static Of<T> Number<T>(string name, NumberDataViewType type)
        where T : struct, IFormattable, IParsable<T>
        => new(name, type, v => v.ToString(null, Culture), t => T.Parse(t, Culture));

    private sealed class Of<T> : LabelValueKind
    {
        private readonly Func<T, string> _format;
        private readonly Func<string, T> _parse;

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public Of(string name, PrimitiveDataViewType type, Func<T, string> format, Func<string, T> parse)
            => (Name, Type, _format, _parse) = (name, type, format, parse);

        public override string[] Read(DataViewSchema.Annotations annotations, string kind)
        {
            VBuffer<T> values = default;
            annotations.GetValue(kind, ref values);
            return [.. values.DenseValues().Select(_format)];
        }

        public override void Add(DataViewSchema.Annotations.Builder builder, string kind, IReadOnlyList<string> texts)
        {
            T[] values = [.. texts.Select(_parse)];
            // A copy each time: the caller may write to what it gets.
            builder.Add(kind, new VectorDataViewType(Type, values.Length),
                (ref VBuffer<T> target) => new VBuffer<T>(values.Length, values).CopyTo(ref target));
        }
    }
}
