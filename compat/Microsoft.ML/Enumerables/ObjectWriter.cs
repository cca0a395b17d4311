namespace Microsoft.ML.Data;

/// <summary>Which columns of a schema fill which members of a class; checked when it is made.</summary>
internal sealed class ObjectWriter<TRow> where TRow : class
{
    private readonly List<(RowMember Member, DataViewSchema.Column Column)> _pairs = [];

    public ObjectWriter(DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition definition)
    {
        foreach (BoundMember bound in BoundMember.Bind(typeof(TRow), definition, SchemaDefinition.Direction.Write))
        {
            if (schema.GetColumnOrNull(bound.ColumnName) is not { } column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw Contracts.ExceptSchemaMismatch("Schema", "", bound.ColumnName);
            }
            Contracts.Check(MemberSetters.Fits(bound.Member, column.Type),
                $"Can't bind the IDataView column '{bound.ColumnName}' of type '{column.Type}' to field or property '{bound.Member.Name}' of type '{bound.Member.Type.FullName}'.");
            _pairs.Add((bound.Member, column));
        }
    }

    public IEnumerable<DataViewSchema.Column> Columns => _pairs.Select(p => p.Column);

    /// <summary>Fills an object from the row as it stands when called.</summary>
    public Action<TRow> Over(DataViewRow row)
    {
        Action<TRow>[] setters = _pairs.Select(p => MemberSetters.Create<TRow>(p.Member, row, p.Column)).ToArray();
        return target =>
        {
            foreach (Action<TRow> set in setters)
                set(target);
        };
    }
}
