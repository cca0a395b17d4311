namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The checks that every row makes when it is asked for a column.</summary>
internal static class ActiveColumns
{
    public static bool IsActive(bool[] active, DataViewSchema.Column column)
    {
        if (column.Index >= active.Length)
            throw new ArgumentOutOfRangeException(nameof(column), $"The column '{column.Name}' with index {column.Index} is not part of this row, which has {active.Length} columns.");
        return active[column.Index];
    }

    public static void Require(bool[] active, DataViewSchema.Column column)
    {
        if (!IsActive(active, column))
            throw new ArgumentOutOfRangeException(nameof(column), $"The column '{column.Name}' is not active; "
                + "ask for it when the cursor or row is made.");
    }

    /// <summary>The getter as the type asked for.</summary>
    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column)
        => getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Invalid TValue for column '{column.Name}': '{typeof(TValue)}', expected type: "
                + $"'{column.Type.RawType}'.");
}
