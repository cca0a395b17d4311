namespace Microsoft.ML.Data;

/// <summary>The columns of a row class, and getters over the object that is current.</summary>
internal sealed class ObjectColumns<TRow> where TRow : class
{
    private readonly IReadOnlyList<BoundMember> _members;

    public ObjectColumns(SchemaDefinition definition)
    {
        _members = BoundMember.Bind(typeof(TRow), definition, SchemaDefinition.Direction.Read);
        var builder = new DataViewSchema.Builder();
        foreach (BoundMember member in _members)
            builder.AddColumn(member.ColumnName, member.ColumnType, member.Annotations);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public Delegate CreateGetter(int columnIndex, Func<TRow> current) => MemberGetters.Create(_members[columnIndex], current);

    /// <summary>The getter asked for out of those made for the active columns (null = inactive).</summary>
    public static ValueGetter<TValue> Find<TValue>(Delegate[] getters, DataViewSchema.Column column)
    {
        Delegate getter = column.Index < getters.Length ? getters[column.Index] : null;
        Contracts.CheckParam(getter is not null, nameof(column), "requested column not active");
        return Getters.Cast<TValue>(getter, $"Invalid TValue in GetGetter for column #{column}");
    }
}
