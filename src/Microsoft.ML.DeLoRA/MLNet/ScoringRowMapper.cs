using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Scores single rows, for PredictionEngine.</summary>
internal sealed class ScoringRowMapper(TextScorer scorer, DataViewSchema input) : IRowToRowMapper
{
    private readonly ScoredSchema _schema = new(scorer, input);

    public DataViewSchema InputSchema => _schema.Input;

    public DataViewSchema OutputSchema => _schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => _schema.Needed(_schema.Active(dependingColumns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredRow(scorer, _schema, _schema.Active(activeColumns), input);
    }
}
