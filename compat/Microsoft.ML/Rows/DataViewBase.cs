namespace Microsoft.ML.Data;

/// <summary>A view of this library: checks the columns asked for; one cursor unless it can do better.</summary>
internal abstract class DataViewBase : IDataView
{
    protected DataViewBase(IHostEnvironment env, string name) => Host = env.Register(name);

    protected IHost Host { get; }

    public abstract DataViewSchema Schema { get; }

    public virtual bool CanShuffle => false;

    public abstract long? GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        CreateCursor(Schema.ActiveColumns(columnsNeeded), CanShuffle ? rand : null);

    public virtual DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    /// <summary>A cursor; <paramref name="active"/> by column index, <paramref name="rand"/> null unless the view can shuffle.</summary>
    protected abstract DataViewRowCursor CreateCursor(bool[] active, Random rand);
}

internal static class ActiveColumnsExtensions
{
    /// <summary>The columns asked for, as flags by index.</summary>
    public static bool[] ActiveColumns(this DataViewSchema sourceSchema, IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        Contracts.CheckValue(columnsNeeded, nameof(columnsNeeded));
        var active = new bool[sourceSchema.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
        {
            bool known = column.Index < sourceSchema.Count && sourceSchema[column.Index].Name == column.Name
                && sourceSchema[column.Index].Type.Equals(column.Type);
            Contracts.Check(known, $"The requested column: {column} is not part of the {nameof(sourceSchema)}");
            active[column.Index] = true;
        }
        return active;
    }

    /// <summary>The columns that are flagged.</summary>
    public static IEnumerable<DataViewSchema.Column> Where(this DataViewSchema schema, bool[] active) => schema.Where(c => active[c.Index]);
}
