using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>
/// What the commands write: whether it can be written is found out before the work, and a file is replaced only by a whole one.
/// </summary>
internal static class Outputs
{
    // A saved model is a little smaller than its base's weights.
    private const double Packed = 0.75;

    /// <summary>Throws unless a model can be saved.</summary>
    /// <param name="option">The option that names the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="baseModel">The directory of the base model that goes into it; null: the embedded one.</param>
    /// <param name="inputs">What the command reads, with the options that name it: no model may take its place, nor lie in it.</param>
    /// <exception cref="UsageException">It cannot; the message says why.</exception>
    public static void CheckModel(string option, string path, string? baseModel, params IEnumerable<(string Option, string? Path)> inputs)
    {
        foreach ((string other, string? input) in inputs)
        {
            if (input is { Length: > 0 } && path.Length > 0)
                CheckApart(option, path, other, input);
        }
        long weights = Directory.Exists(baseModel)
            ? new DirectoryInfo(baseModel).EnumerateFiles("*.safetensors").Sum(f => f.Exists ? f.Length : 0)
            : 0;
        Check(option, () => AtomicFile.CheckWritable(path, (long)(weights * Packed)));
        if (File.Exists(path) && !IsModelOrEmpty(path))
            throw new UsageException($"{option}: '{path}' exists and is no model; delete it first, or name another file.");
        // ML.NET puts its parts together there.
        Check(option, () => AtomicFile.CheckWritableDirectory(Path.GetTempPath(), weights));
    }

    /// <summary>Throws unless files can be written to a directory, which is made when they are.</summary>
    /// <exception cref="UsageException">They cannot; the message says why.</exception>
    public static void CheckDirectory(string option, string path) => Check(option, () => AtomicFile.CheckWritableDirectory(path));

    /// <summary>Throws unless a log can be written, whose directory is made if need be.</summary>
    /// <exception cref="UsageException">It cannot, or the file is something else; the message says why.</exception>
    public static void CheckLog(string option, string path) => Check(option, () =>
    {
        using var log = new CsvLog(path);
    });

    /// <summary>Saves a model: beside the file, then renamed. One that was trained is not lost when that fails.</summary>
    /// <exception cref="IOException">
    /// It cannot be written; an earlier file is as it was. The message says where the model is, if it could be saved elsewhere.
    /// </exception>
    public static void Save(MLContext context, ITransformer model, DataViewSchema schema, string path)
    {
        try
        {
            context.Model.SaveWhole(model, schema, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string other = Path.Combine(Path.GetTempPath(), $"delora-model-{Guid.NewGuid():N}.zip");
            try
            {
                context.Model.SaveWhole(model, schema, other);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"The model could not be saved to '{path}': {e.Message}", e);
            }
            throw new IOException($"The model could not be saved to '{path}' ({e.Message}); it is in '{other}'.", e);
        }
    }

    // A directory that is read has no file of ours put among its own.
    private static void CheckApart(string option, string path, string other, string input)
    {
        (string own, string read) = (Resolved(path), Resolved(input));
        if (own == read)
            throw new UsageException($"{option} and {other} name the same file, '{path}'; name another one for {option}.");
        if (File.Exists(path) && Directory.Exists(input) && Path.GetDirectoryName(own) == read)
            throw new UsageException($"{option}: '{path}' is a file of {other}, '{input}'; name another one for {option}.");
    }

    // Links are followed in every part of the path, whether the file itself is there or not.
    private static string Resolved(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            FileSystemInfo entry = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
            if (entry.ResolveLinkTarget(returnFinalTarget: true) is { } target && target.FullName != full)
                return Resolved(target.FullName);
        }
        catch (IOException)
        {
            // A circle of links: whoever opens it says so.
            return full;
        }
        return Path.GetDirectoryName(full) is { } directory ? Path.Combine(Resolved(directory), Path.GetFileName(full)) : full;
    }

    // Models are zip files.
    private static bool IsModelOrEmpty(string path)
    {
        try
        {
            return new FileInfo(path).Length == 0 || ModelArchive.IsOne(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Check(string option, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string message = e is ArgumentException { ParamName: { } name } ? e.Message.Replace($" (Parameter '{name}')", "") : e.Message;
            throw new UsageException($"{option}: {message}");
        }
    }
}
