using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// A table with a model's columns. Lazy: nothing is read or computed before a cursor moves, and the model runs only when one of
/// its columns is active.
/// </summary>
internal sealed class ScoredDataView(TextScorer scorer, IDataView input) : IDataView
{
    private readonly ScoredSchema _schema = new(scorer, input.Schema);

    public DataViewSchema Schema => _schema.Output;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = new ActiveColumns(_schema, columnsNeeded);
        return Cursor(active, input.GetRowCursor(active.Inputs, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var active = new ActiveColumns(_schema, columnsNeeded);
        return [.. input.GetRowCursorSet(active.Inputs, n, rand).Select(c => Cursor(active, c))];
    }

    private DataViewRowCursor Cursor(ActiveColumns active, DataViewRowCursor source)
        => active.NeedScores ? new LookAheadCursor(scorer, active, source) : new PassThroughCursor(active, source);
}

/// <summary>A text model, the columns that it reads and adds, and what they mean: all that views, cursors and rows need.</summary>
internal sealed record TextScorer(IHost Host, TextModel Model, TextColumns Columns, TextTask Task);

/// <summary>A table's schema with a model's columns behind its own. Columns of the input keep their index.</summary>
internal sealed class ScoredSchema(TextScorer scorer, DataViewSchema input)
{
    public DataViewSchema Input => input;

    /// <summary>The columns of the input that the model reads.</summary>
    public DataViewSchema.Column[] Texts { get; } = ColumnChecks.Texts(input, scorer.Columns.Text, scorer.Columns.SecondText);

    public DataViewSchema Output { get; } = scorer.Task.AddTo(input, scorer.Columns);
}

/// <summary>Which columns of a scored table somebody asked for, and which of the input's they are made of.</summary>
internal sealed class ActiveColumns
{
    private readonly bool[] _active;

    /// <exception cref="ArgumentException">A column is not one of this schema.</exception>
    public ActiveColumns(ScoredSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        Schema = schema;
        _active = new bool[schema.Output.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            DataViewSchema.Column? own = column.Index < _active.Length ? schema.Output[column.Index] : null;
            if (own?.Name != column.Name || !own.Value.Type.Equals(column.Type))
                throw new ArgumentException($"The column '{column.Name}' of type {column.Type} is not part of this table: "
                    + $"{schema.Output}.", nameof(columns));
            _active[column.Index] = true;
        }
        NeedScores = _active.AsSpan(schema.Input.Count).Contains(true);
        Inputs = [.. schema.Input.Where(c => _active[c.Index] || (NeedScores && schema.Texts.Any(t => t.Index == c.Index)))];
    }

    public ScoredSchema Schema { get; }

    /// <summary>Is one of the model's columns active?</summary>
    public bool NeedScores { get; }

    /// <summary>The input columns that active ones are made of.</summary>
    public DataViewSchema.Column[] Inputs { get; }

    /// <summary>Is one of this table's columns active?</summary>
    public bool Contains(DataViewSchema.Column column)
    {
        if (column.Index >= _active.Length)
            throw new ArgumentOutOfRangeException(nameof(column),
                $"The column '{column.Name}' with index {column.Index} is not part of this row, which has {_active.Length} columns.");
        return _active[column.Index];
    }

    /// <summary>Throws unless a column that is asked for is active.</summary>
    public void Require(DataViewSchema.Column column)
    {
        if (!Contains(column))
            throw new ArgumentOutOfRangeException(nameof(column), $"The column '{column.Name}' is not active; "
                + "ask for it when the cursor or row is made.");
    }

    /// <summary>By index, a getter for each active column: the model's own, and those of the input's as the caller makes them.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="scores">The scores of the current row.</param>
    /// <param name="createInput">The getter of an active column of the input; null: the caller asks the input itself.</param>
    public Delegate?[] CreateGetters(
        TextScorer scorer, Func<ReadOnlyMemory<float>> scores, Func<DataViewSchema.Column, Delegate?> createInput)
        => [.. _active.Select((active, i) => !active ? null
            : i < Schema.Input.Count ? createInput(Schema.Input[i])
            : scorer.Task.CreateGetter(i - Schema.Input.Count, scorer.Columns, scores))];

    /// <summary>The getter as the type asked for.</summary>
    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column)
        => getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Invalid TValue for column '{column.Name}': '{typeof(TValue)}', expected type: "
                + $"'{column.Type.RawType}'.");
}

/// <summary>
/// A cursor over a scored table when none of the model's columns is asked for: the input's cursor under the table's schema.
/// </summary>
internal sealed class PassThroughCursor(ActiveColumns active, DataViewRowCursor source) : DataViewRowCursor
{
    // As in LookAheadCursor.
    ~PassThroughCursor() => source.Dispose();

    public override DataViewSchema Schema => active.Schema.Output;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool MoveNext() => source.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        active.Require(column);
        return source.GetGetter<TValue>(active.Schema.Input[column.Index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
            GC.SuppressFinalize(this);
        }
        base.Dispose(disposing);
    }
}
