namespace Microsoft.ML
{
    public interface IDataLoader<in TSource> : ICanSaveModel
    {
        IDataView Load(TSource input);

        DataViewSchema GetOutputSchema();
    }

    public static class DataLoaderExtensions
    {
        public static IDataView Load(this IDataLoader<IMultiStreamSource> loader, params string[] path) => loader.Load(new MultiFileSource(path));
    }
}

namespace Microsoft.ML.Data
{
    /// <summary>How many values a key column has.</summary>
    public sealed class KeyCount
    {
        public ulong? Count;

        public KeyCount()
        {
        }

        public KeyCount(ulong count) => Count = count;
    }
}
