using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Tokenization;

/// <summary>The files of a byte-level BPE vocabulary and how they are read.</summary>
internal static class TokenizerFiles
{
    public const string Vocabulary = "vocab.json";
    public const string Merges = "merges.txt";

    /// <summary>A hundred times RoBERTa's; a larger file is no vocabulary and is not read.</summary>
    private const int LargestFile = 100_000_000;

    public static byte[] Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw Missing(path);
        return RegularFile.ReadAll(path, LargestFile);
    }

    private static FileNotFoundException Missing(string path)
    {
        bool fastOnly = File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "", "tokenizer.json"));
        string advice = fastOnly
            ? " There is a tokenizer.json, which is not read; in Python, RobertaTokenizerFast.from_pretrained(DIRECTORY).save_vocabulary(DIRECTORY) writes the two."
            : "";
        return new FileNotFoundException(
            $"The tokenizer file '{path}' does not exist. A RoBERTa tokenizer is two files, {Vocabulary} and {Merges}, side by side.{advice}", path);
    }
}
