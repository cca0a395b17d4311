using Microsoft.ML.DeLoRA.Checkpoints;
using Microsoft.ML.DeLoRA;

namespace Microsoft.ML;

/// <summary>Saves ML.NET models of any kind so that a file is either whole or not there.</summary>
public static class ModelFileCatalog
{
    /// <summary>
    /// As <see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/>, but the file is written beside the path, flushed
    /// to the disk and renamed: an earlier model is replaced only by a whole new one, and stays as it was when the disk is full or the
    /// process ends.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The schema of its input; null: none is saved.</param>
    /// <param name="path">Where it goes.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">
    /// The path is that of a directory, its directory does not exist or takes no file, or the disk is full.
    /// </exception>
    public static void SaveWhole(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        AtomicFile.Write(path, stream => catalog.Save(model, inputSchema, stream));
    }
}
