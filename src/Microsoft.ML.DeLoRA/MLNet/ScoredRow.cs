using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Scores single rows, for PredictionEngine.</summary>
internal sealed class ScoringRowMapper(TextScorer scorer, DataViewSchema input) : IRowToRowMapper
{
    private readonly ScoredSchema _schema = new(scorer, input);

    public DataViewSchema InputSchema => _schema.Input;

    public DataViewSchema OutputSchema => _schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => new ActiveColumns(_schema, dependingColumns).Inputs;

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredRow(scorer, new ActiveColumns(_schema, activeColumns), input);
    }
}

/// <summary>A row with a model's columns; the model runs once for each row, when a score is first asked for.</summary>
internal sealed class ScoredRow : DataViewRow
{
    private readonly TextScorer _scorer;
    private readonly ActiveColumns _active;
    private readonly DataViewRow _source;
    private readonly TextCollector? _texts;
    private readonly Delegate?[] _getters;
    private ReadOnlyMemory<float> _scores;
    private long _scoredPosition = -1;

    public ScoredRow(TextScorer scorer, ActiveColumns active, DataViewRow source)
    {
        (_scorer, _active, _source) = (scorer, active, source);
        if (active.NeedScores)
            _texts = new TextCollector(source, active.Schema.Texts);
        _getters = active.CreateGetters(scorer, Scores, _ => null);
    }

    public override DataViewSchema Schema => _active.Schema.Output;

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _active.Require(column);
        return _getters[column.Index] is { } getter
            ? ActiveColumns.Cast<TValue>(getter, column)
            : _source.GetGetter<TValue>(_active.Schema.Input[column.Index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }

    private ReadOnlyMemory<float> Scores()
    {
        if (_scoredPosition < 0 || _scoredPosition != _source.Position)
        {
            _texts!.Clear();
            _texts.Add();
            _scores = _scorer.Model.Predict(_texts.First, _texts.Second, _ => $"row {_source.Position}").Values;
            _scoredPosition = _source.Position;
        }
        return _scores;
    }
}
