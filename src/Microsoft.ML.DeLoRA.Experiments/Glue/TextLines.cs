using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>The lines of a UTF-8 file with their numbers, from 1.</summary>
internal static class TextLines
{
    /// <exception cref="InvalidDataException">A line is no UTF-8; the message names file, line and byte.</exception>
    public static IEnumerable<(int Number, string Text)> Read(string path)
    {
        using var reader = new Utf8LineReader(File.OpenRead(path), path);
        while (reader.Read() is { } line)
            yield return (reader.Number, line);
    }
}
