using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.BaseModels.Corpus;

/// <summary>
/// A corpus: text files of one paragraph a line. One line of 200, chosen by its content, is held out: no step of the recipe but the
/// evaluation reads it.
/// </summary>
internal static class CorpusText
{
    private const uint HeldOutOneIn = 200;

    /// <summary>The words of each line that is not blank, by white space, held-out lines aside or alone.</summary>
    /// <exception cref="InvalidDataException">A file is no UTF-8.</exception>
    public static IEnumerable<string[]> Paragraphs(string path, bool heldOut)
    {
        using var reader = new Utf8LineReader(File.OpenRead(path), path);
        while (reader.Read() is { } line)
        {
            if (IsHeldOut(line) != heldOut)
                continue;
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
                yield return words;
        }
    }

    /// <summary>How often each word occurs, by white space, in the lines that are not held out.</summary>
    public static Dictionary<string, long> CountWords(IEnumerable<string> files, CancellationToken cancellation)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string[] words in files.SelectMany(file => Paragraphs(file, heldOut: false)))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (string word in words)
                CollectionsMarshal.GetValueRefOrAddDefault(counts, word, out _)++;
        }
        return counts;
    }

    /// <summary>The counts of these words and of the same in lower case.</summary>
    public static Dictionary<string, long> WithLowerCase(IReadOnlyDictionary<string, long> counts)
    {
        var result = new Dictionary<string, long>(counts, StringComparer.Ordinal);
        foreach ((string word, long count) in counts)
            CollectionsMarshal.GetValueRefOrAddDefault(result, word.ToLowerInvariant(), out _) += count;
        return result;
    }

    // FNV-1a: .NET's own hash of a text differs from run to run.
    private static bool IsHeldOut(string line)
    {
        uint hash = 2_166_136_261;
        foreach (char c in line)
            hash = (hash ^ c) * 16_777_619;
        return hash % HeldOutOneIn == 0;
    }
}
