using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>A row with a scorer's columns; the model runs once for each row, when a score is first asked for.</summary>
internal sealed class ScoredRow : DataViewRow
{
    private readonly TextScorer _scorer;
    private readonly ScoredSchema _schema;
    private readonly bool[] _active;
    private readonly DataViewRow _source;
    private readonly TextCollector? _texts;
    private readonly Delegate?[] _getters;
    private ReadOnlyMemory<float> _scores;
    private long _scoredPosition = -1;

    public ScoredRow(TextScorer scorer, ScoredSchema schema, bool[] active, DataViewRow source)
    {
        (_scorer, _schema, _active, _source) = (scorer, schema, active, source);
        if (schema.NeedsScores(active))
            _texts = new TextCollector(source, scorer.Inputs(schema.Input));
        _getters = new Delegate?[active.Length];
        for (int i = schema.Input.Count; i < active.Length; i++)
            _getters[i] = active[i] ? scorer.Outputs.CreateGetter(i - schema.Input.Count, Scores) : null;
    }

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => ActiveColumns.IsActive(_active, column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ActiveColumns.Require(_active, column);
        return _getters[column.Index] is { } getter
            ? ActiveColumns.Cast<TValue>(getter, column)
            : _source.GetGetter<TValue>(_schema.Input[column.Index]);
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
