namespace Microsoft.ML.Data;

/// <summary>By a hash of a column's value to 30 bits.</summary>
internal sealed class HashPositions : RowPositions
{
    private const int Bits = 30;

    private readonly DataViewSchema.Column _column;
    private readonly Func<DataViewRow, Func<uint?>> _hash;

    private HashPositions(DataViewSchema.Column column, Func<DataViewRow, Func<uint?>> hash)
    {
        _column = column;
        _hash = hash;
    }

    public override IEnumerable<DataViewSchema.Column> Needed => [_column];

    public static HashPositions Create(DataViewSchema.Column column, uint seed) => column.Type.RawType switch
    {
        var t when t == typeof(ReadOnlyMemory<char>) => Of<ReadOnlyMemory<char>>(column, text => text.IsEmpty ? null : Murmur.Hash(seed, text.Span)),
        var t when t == typeof(bool) => Of<bool>(column, value => Murmur.Hash(seed, value ? 1u : 0u)),
        var t when t == typeof(sbyte) => Of<sbyte>(column, value => Murmur.Hash(seed, (uint)value)),
        var t when t == typeof(byte) => Of<byte>(column, value => Murmur.Hash(seed, value)),
        var t when t == typeof(short) => Of<short>(column, value => Murmur.Hash(seed, (uint)value)),
        var t when t == typeof(ushort) => Of<ushort>(column, value => Murmur.Hash(seed, value)),
        var t when t == typeof(int) => Of<int>(column, value => Murmur.Hash(seed, (uint)value)),
        var t when t == typeof(uint) => Of<uint>(column, value => Murmur.Hash(seed, value)),
        var t when t == typeof(long) => Of<long>(column, value => Murmur.Hash(seed, (ulong)value)),
        var t when t == typeof(ulong) => Of<ulong>(column, value => Murmur.Hash(seed, value)),
        var t when t == typeof(DateTime) => Of<DateTime>(column, value => Murmur.Hash(seed, (ulong)value.Ticks)),
        var t when t == typeof(TimeSpan) => Of<TimeSpan>(column, value => Murmur.Hash(seed, (ulong)value.Ticks)),
        _ => throw Contracts.ExceptSchemaMismatch(
            "samplingKeyColumn", "SamplingKeyColumn", column.Name, "text, number, boolean or key", column.Type.ToString()),
    };

    public override Func<double> Create(DataViewRow row)
    {
        Func<uint?> hash = _hash(row);
        const uint mask = (1u << Bits) - 1;
        return () => hash() is { } value ? KeyPosition((value & mask) + 1, 1u << Bits) : double.NaN;
    }

    private static HashPositions Of<T>(DataViewSchema.Column column, Func<T, uint?> hash) => new(column, row =>
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return hash(value);
        };
    });
}
