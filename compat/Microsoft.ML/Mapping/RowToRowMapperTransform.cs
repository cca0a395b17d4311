namespace Microsoft.ML.Data;

/// <summary>A view with columns that are made row by row from the input's.</summary>
internal sealed class RowToRowMapperTransform : DataViewBase, IRowToRowMapper
{
    private readonly IDataView _input;
    private readonly IReadOnlyList<MappedColumn> _columns;
    private readonly ColumnBindings _bindings;

    public RowToRowMapperTransform(IHostEnvironment env, IDataView input, IReadOnlyList<MappedColumn> columns)
        : base(env, nameof(RowToRowMapperTransform))
    {
        _input = input;
        _columns = columns;
        _bindings = new ColumnBindings(input.Schema, columns);
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override bool CanShuffle => _input.CanShuffle;

    DataViewSchema IRowToRowMapper.InputSchema => _input.Schema;

    DataViewSchema IRowToRowMapper.OutputSchema => Schema;

    public override long? GetRowCount() => _input.GetRowCount();

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        _input.Schema.Where(NeededInput(Schema.ActiveColumns(dependingColumns)));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckValue(activeColumns, nameof(activeColumns));
        return new MappedDataViewRow(Schema, new MappedRow(_bindings, _columns, input, Schema.ActiveColumns(activeColumns)), input);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var cursors = new DataViewRowCursor[Math.Max(1, n)];
        cursors[0] = GetRowCursor(columnsNeeded, rand);
        for (int i = 1; i < cursors.Length; i++)
            cursors[i] = new EmptyCursor(Host, Schema, Schema.ActiveColumns(columnsNeeded));
        return cursors;
    }

    protected override DataViewRowCursor CreateCursor(bool[] active, Random rand)
    {
        DataViewRowCursor input = _input.GetRowCursor(_input.Schema.Where(NeededInput(active)), rand);
        var cursor = new MappedCursor(Host, Schema, new MappedRow(_bindings, _columns, input, active), input);
        bool anyAdded = Enumerable.Range(0, active.Length).Any(i => active[i] && _bindings.Source(i).IsAdded);
        return anyAdded ? new BufferedCursor(Host, cursor, active) : cursor;
    }

    private bool[] NeededInput(bool[] activeOutput)
    {
        var needed = new bool[_input.Schema.Count];
        for (int i = 0; i < activeOutput.Length; i++)
        {
            if (!activeOutput[i])
                continue;
            (bool isAdded, int index) = _bindings.Source(i);
            foreach (int input in isAdded ? _columns[index].Inputs : [index])
                needed[input] = true;
        }
        return needed;
    }
}
