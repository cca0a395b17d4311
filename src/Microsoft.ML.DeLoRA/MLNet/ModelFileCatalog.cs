using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML;

/// <summary>
/// Saves ML.NET models of any kind so that a file is either whole or not there, and loads them so that what is wrong arrives as it was
/// thrown.
/// </summary>
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

    /// <summary>
    /// As <see cref="ModelOperationsCatalog.Load(string, out DataViewSchema)"/>, for any file that ML.NET saved, but without the
    /// <see cref="TargetInvocationException"/> ("Exception has been thrown by the target of an invocation") in which ML.NET wraps what a
    /// transformer throws while it is loaded: its cause arrives, with its own stack trace.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="path">The file.</param>
    /// <param name="inputSchema">The schema of the model's input; null: none was saved.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="FormatException">It is no zip file, so no model at all.</exception>
    /// <exception cref="InvalidDataException">The text model in it is damaged, of a newer version, or has an adapter method that is not registered.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static ITransformer LoadWhole(this ModelOperationsCatalog catalog, string path, out DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return catalog.Load(path, out inputSchema);
        }
        catch (TargetInvocationException e)
        {
            // A chain's members are loaded by reflection within a chain that is.
            ExceptionDispatchInfo.Throw(Cause.Of(e));
            throw;
        }
    }
}
