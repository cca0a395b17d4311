namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        Contracts.CheckValue(input, nameof(input));
        foreach (string name in columnsToPrefetch ?? [])
            Contracts.CheckParam(input.Schema.GetColumnOrNull(name) is not null, nameof(columnsToPrefetch), $"Column '{name}' not found");
        return new CacheDataView(_env, input);
    }
}
