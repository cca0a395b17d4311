using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static class TransformExtensionsCatalog
{
    public static ColumnCopyingEstimator CopyColumns(this TransformsCatalog catalog, string outputColumnName, string inputColumnName)
    {
        IHostEnvironment env = CatalogUtils.GetEnvironment(catalog);
        ColumnNames.CheckOutput(outputColumnName);
        Contracts.CheckNonEmpty(inputColumnName, nameof(inputColumnName));
        return new(env, [(outputColumnName, inputColumnName)]);
    }

    public static ColumnConcatenatingEstimator Concatenate(this TransformsCatalog catalog, string outputColumnName,
        params string[] inputColumnNames) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnNames);

    public static ColumnSelectingEstimator DropColumns(this TransformsCatalog catalog, params string[] columnNames) =>
        new(CatalogUtils.GetEnvironment(catalog), new ColumnSelection(columnNames, Keep: false, KeepHidden: false, IgnoreMissing: false));

    public static ColumnSelectingEstimator SelectColumns(this TransformsCatalog catalog, params string[] columnNames) =>
        catalog.SelectColumns(columnNames, keepHidden: false);

    public static ColumnSelectingEstimator SelectColumns(this TransformsCatalog catalog, string[] columnNames, bool keepHidden) =>
        new(CatalogUtils.GetEnvironment(catalog), new ColumnSelection(columnNames, Keep: true, keepHidden, IgnoreMissing: false));
}
