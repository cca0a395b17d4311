namespace Microsoft.ML.Data;

/// <summary>Input columns and added ones in one schema: an added column stands after the input column that it hides, or at the end.</summary>
internal sealed class ColumnBindings
{
    private readonly List<(bool IsAdded, int Index)> _sources = [];

    public ColumnBindings(DataViewSchema input, IReadOnlyList<MappedColumn> added)
    {
        Input = input;
        var lastOfName = input.Where(c => !c.IsHidden).ToDictionary(c => c.Name, c => c.Index);
        ILookup<int, int> replacements = Enumerable.Range(0, added.Count)
            .ToLookup(i => lastOfName.TryGetValue(added[i].Name, out int at) ? at : -1);

        for (int i = 0; i < input.Count; i++)
        {
            _sources.Add((false, i));
            _sources.AddRange(replacements[i].Select(a => (true, a)));
        }
        _sources.AddRange(replacements[-1].Select(a => (true, a)));

        var builder = new DataViewSchema.Builder();
        foreach ((bool isAdded, int index) in _sources)
        {
            if (isAdded)
                builder.AddColumn(added[index].Name, added[index].Type, added[index].Annotations);
            else
                builder.AddColumn(input[index].Name, input[index].Type, input[index].Annotations);
        }
        Schema = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    public DataViewSchema Schema { get; }

    /// <summary>Where an output column comes from: the index of an added column, or of an input column.</summary>
    public (bool IsAdded, int Index) Source(int outputIndex) => _sources[outputIndex];
}
