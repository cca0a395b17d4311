namespace Microsoft.ML.Data;

/// <summary>Gives each row a place between 0 and 1, which decides the part of a split that it falls in; NaN for no part.</summary>
internal abstract class RowPositions
{
    private const uint DefaultRandomSeed = 42;
    private const uint DefaultHashSeed = 314489979;

    /// <summary>The columns that the place is computed from.</summary>
    public abstract IEnumerable<DataViewSchema.Column> Needed { get; }

    /// <summary>To be called once on each row, in order.</summary>
    public abstract Func<double> Create(DataViewRow row);

    /// <summary>By chance, or by the values of a column so that rows of one value stay together.</summary>
    public static RowPositions For(IHostEnvironment env, IDataView data, string samplingKeyColumn, int? seed)
    {
        int? given = seed ?? (env as IHostEnvironmentInternal)?.Seed;
        if (samplingKeyColumn is null)
            return new RandomPositions((uint?)given ?? DefaultRandomSeed);
        Contracts.CheckNonEmpty(samplingKeyColumn, "name");
        if (data.Schema.GetColumnOrNull(samplingKeyColumn) is not { } column)
            throw Contracts.ExceptSchemaMismatch(nameof(samplingKeyColumn), "SamplingKeyColumn", samplingKeyColumn);
        return column.Type switch
        {
            KeyDataViewType => (RowPositions)Getters.Create(typeof(KeyPositions<>), [column.Type.RawType], column),
            _ when column.Type == NumberDataViewType.Single => ScaledPositions.Single(data, column),
            _ when column.Type == NumberDataViewType.Double => ScaledPositions.Double(data, column),
            PrimitiveDataViewType => HashPositions.Create(column, (uint?)given ?? DefaultHashSeed),
            _ => throw Contracts.ExceptSchemaMismatch(
                nameof(samplingKeyColumn), "SamplingKeyColumn", samplingKeyColumn, "scalar", column.Type.ToString()),
        };
    }

    private sealed class RandomPositions(uint seed) : RowPositions
    {
        public override IEnumerable<DataViewSchema.Column> Needed => [];

        public override Func<double> Create(DataViewRow row)
        {
            var rand = new TauswortheHybrid(seed);
            return () => rand.NextSingle();
        }
    }

    private sealed class KeyPositions<T>(DataViewSchema.Column column) : RowPositions where T : unmanaged
    {
        private readonly double _count = column.Type.GetKeyCount();

        public override IEnumerable<DataViewSchema.Column> Needed => [column];

        public override Func<double> Create(DataViewRow row)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            T key = default;
            return () =>
            {
                getter(ref key);
                return KeyPosition(Convert.ToUInt64(key), _count);
            };
        }
    }

    /// <summary>The middle of the key's share of 0..1.</summary>
    protected static double KeyPosition(ulong raw, double count) => raw == 0 || raw > count ? double.NaN : (raw - 0.5) / count;
}
