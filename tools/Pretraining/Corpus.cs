using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>Reads corpus files, counts their words, and turns them into token files.</summary>
internal static class Corpus
{
    /// <summary>The lines of a text file, which may be gzipped.</summary>
    /// <exception cref="InvalidDataException">It is no UTF-8; the message names file, line and byte.</exception>
    public static IEnumerable<string> Lines(string path)
    {
        Stream file = File.OpenRead(path);
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            file = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new Utf8LineReader(file, path);
        while (reader.Read() is { } line)
            yield return line;
    }

    /// <summary>Words with their leading blank, as the tokenizer splits them, with the number of times each occurs.</summary>
    public static Dictionary<string, long> CountWords(IEnumerable<string> files, CancellationToken cancellation)
    {
        var splitter = new CodePointPreTokenizer([]);
        var counts = new Dictionary<string, long>();
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string line in files.SelectMany(Lines))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach ((int offset, int length) in splitter.PreTokenize(line))
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, line.AsSpan(offset, length), out _)++;
        }
        return counts;
    }

    /// <summary>The tokens of a corpus file; made on first use and kept beside the model as <paramref name="cache"/>.</summary>
    public static ushort[] Tokens(string file, string cache, ITextTokenizer tokenizer, CancellationToken cancellation)
    {
        if (File.Exists(cache))
            return MemoryMarshal.Cast<byte, ushort>(File.ReadAllBytes(cache)).ToArray();

        var tokens = new List<ushort>();
        foreach (string[] lines in Lines(file).Where(l => l.Length > 0).Chunk(4096))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (int[] ids in lines.AsParallel().AsOrdered().Select(l => tokenizer.EncodeWithoutSpecialTokens(l)))
            {
                foreach (int id in ids)
                    tokens.Add((ushort)id);
            }
        }
        ushort[] result = [.. tokens];
        AtomicFile.Write(cache, stream => stream.Write(MemoryMarshal.AsBytes(result.AsSpan())));
        return result;
    }
}
