namespace Microsoft.ML.Transforms;

/// <summary>The errors about column names that all transforms share.</summary>
internal static class ColumnNames
{
    public static void CheckOutput(string outputColumnName) => Contracts.CheckParam(!string.IsNullOrWhiteSpace(outputColumnName),
        nameof(outputColumnName), $"{nameof(outputColumnName)} cannot be null or white space");

    public static Exception NotFound(string column) => Contracts.ExceptSchemaMismatch("inputSchema", "input", column);

    /// <summary>A vector type of the same dimensions.</summary>
    public static VectorDataViewType OfItems(this VectorDataViewType vector, PrimitiveDataViewType itemType) =>
        new(itemType, vector.Dimensions);
}
