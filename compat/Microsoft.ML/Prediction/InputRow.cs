namespace Microsoft.ML.Data;

/// <summary>A row whose values are those of one object, replaced from call to call.</summary>
internal sealed class InputRow<TRow> : DataViewRow where TRow : class
{
    private readonly Delegate[] _getters;
    private TRow _current;
    private long _position = -1;

    public InputRow(SchemaDefinition definition)
    {
        var columns = new ObjectColumns<TRow>(definition);
        Schema = columns.Schema;
        _getters = Enumerable.Range(0, Schema.Count).Select(i => columns.CreateGetter(i, () => _current)).ToArray();
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => 0;

    public void Set(TRow row)
    {
        _current = row;
        _position++;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => true;

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => ObjectColumns<TRow>.Find<TValue>(_getters, column);
}
