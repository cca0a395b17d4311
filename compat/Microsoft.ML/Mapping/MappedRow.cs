namespace Microsoft.ML.Data;

/// <summary>A row of the input with the added columns; for <see cref="MappedDataViewRow"/> and <see cref="MappedCursor"/>.</summary>
internal sealed class MappedRow
{
    private readonly ColumnBindings _bindings;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly Delegate[] _getters;

    public MappedRow(ColumnBindings bindings, IReadOnlyList<MappedColumn> columns, DataViewRow input, bool[] active)
    {
        _bindings = bindings;
        _input = input;
        _active = active;
        _getters = new Delegate[columns.Count];
        for (int i = 0; i < active.Length; i++)
        {
            if (active[i] && bindings.Source(i) is (true, int added))
                _getters[added] = columns[added].CreateGetter(input);
        }
    }

    public bool IsColumnActive(DataViewSchema.Column column)
    {
        CheckIndex(column);
        return _active[column.Index];
    }

    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        CheckIndex(column);
        (bool isAdded, int index) = _bindings.Source(column.Index);
        if (!isAdded)
            return _input.GetGetter<TValue>(_bindings.Input[index]);
        return Getters.Cast<TValue>(_getters[index] ?? throw new InvalidOperationException());
    }

    private void CheckIndex(DataViewSchema.Column column) => Contracts.CheckParam(column.Index < _active.Length, nameof(column));
}

/// <summary>A mapped single row.</summary>
internal sealed class MappedDataViewRow(DataViewSchema schema, MappedRow row, DataViewRow input) : DataViewRow
{
    public override DataViewSchema Schema => schema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing) => input.Dispose();
}

/// <summary>A cursor whose rows are mapped.</summary>
internal sealed class MappedCursor(IChannelProvider provider, DataViewSchema schema, MappedRow row, DataViewRowCursor input)
    : SynchronizedCursor(provider, input)
{
    public override DataViewSchema Schema => schema;

    public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);
}
