namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// A table's schema with a scorer's columns behind its own: which columns a request makes active, and which of the input's it needs.
/// Columns of the input keep their index.
/// </summary>
internal sealed class ScoredSchema
{
    private readonly DataViewSchema.Column[] _texts;

    public ScoredSchema(TextScorer scorer, DataViewSchema input)
    {
        Input = input;
        _texts = scorer.Inputs(input);
        Output = scorer.Outputs.AddTo(input);
    }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    /// <summary>Is it one of the scorer's columns?</summary>
    public bool IsAdded(int column) => column >= Input.Count;

    /// <summary>The columns asked for, as flags by index.</summary>
    /// <exception cref="ArgumentException">A column is not one of this schema.</exception>
    public bool[] Active(IEnumerable<DataViewSchema.Column> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var active = new bool[Output.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            if (column.Index >= Output.Count || Output[column.Index].Name != column.Name || !Output[column.Index].Type.Equals(column.Type))
                throw new ArgumentException($"The column '{column.Name}' of type {column.Type} is not part of this table: "
                    + $"{Output}.", nameof(columns));
            active[column.Index] = true;
        }
        return active;
    }

    /// <summary>Is one of the scorer's columns active?</summary>
    public bool NeedsScores(bool[] active) => active.AsSpan(Input.Count).Contains(true);

    /// <summary>The input columns that active ones are made of.</summary>
    public DataViewSchema.Column[] Needed(bool[] active)
    {
        bool scores = NeedsScores(active);
        return [.. Input.Where(c => active[c.Index] || (scores && _texts.Any(t => t.Index == c.Index)))];
    }
}
