namespace Microsoft.ML.Transforms;

/// <summary>Which columns stay: those named, in that order, or all but those named.</summary>
internal sealed record ColumnSelection(string[] Names, bool Keep, bool KeepHidden, bool IgnoreMissing)
{
    /// <summary>The indices of the input columns that stay, in the order of the output.</summary>
    public int[] Apply(DataViewSchema schema)
    {
        foreach (string name in Names)
        {
            if (!IgnoreMissing && schema.GetColumnOrNull(name) is null)
                throw ColumnNames.NotFound(name);
        }
        // A column that is dropped goes with the hidden ones of its name.
        return Keep
            ? Names.SelectMany(name => schema.Where(c => c.Name == name && (KeepHidden || !c.IsHidden))).Select(c => c.Index).ToArray()
            : schema.Where(c => !Names.Contains(c.Name)).Select(c => c.Index).ToArray();
    }

    public SchemaShape Apply(SchemaShape shape)
    {
        foreach (string name in Names)
        {
            if (!IgnoreMissing && !shape.TryFindColumn(name, out _))
                throw ColumnNames.NotFound(name);
        }
        return new SchemaShape(shape.Where(c => Names.Contains(c.Name) == Keep));
    }
}
