using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.DeLoRA.BaseModels.Corpus;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Pretraining;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.BaseModels.Vocabulary;

/// <summary>
/// Trains the student's byte-level BPE. The counts are bent towards what the teacher has a vector of its own for: the corpus and a
/// lower-cased copy, words of the teacher's vocabulary ten times, and their four forms as shares of all their occurrences.
/// </summary>
internal sealed class VocabularyTrainer(WordPiece teacher, VocabularyOptions options)
{
    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly CodePointPreTokenizer _splitter = new([]);

    /// <summary>Trains and writes vocab.json, merges.txt and tokenizer_config.json; says on the console what came out.</summary>
    public void Run(CancellationToken cancellation)
    {
        Dictionary<string, long> words = CorpusText.WithLowerCase(CorpusText.CountWords(options.Corpus, cancellation));
        Dictionary<string, long> counts = Weighted(words);
        Console.WriteLine($"{words.Values.Sum() / 2:N0} words of the corpus, {counts.Count:N0} different parts with weights; merging ...");
        (IReadOnlyList<string> tokens, IReadOnlyList<(string Left, string Right)> merges) =
            BpeTrainer.Train(counts.Where(w => w.Value >= options.LeastCount), options.Size, cancellation);
        Write(options.Output, tokens, merges);
        Report(words, tokens);
    }

    private Dictionary<string, long> Weighted(Dictionary<string, long> words)
    {
        var parts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach ((string word, long count) in words)
        {
            string text = " " + word;
            foreach ((int offset, int length) in _splitter.PreTokenize(text))
                CollectionsMarshal.GetValueRefOrAddDefault(parts, text.Substring(offset, length), out _) += count;
        }
        var totals = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach ((string part, long count) in parts)
        {
            if (KnownWord(part) is { } word)
                CollectionsMarshal.GetValueRefOrAddDefault(totals, word, out _) += count;
        }

        foreach (string part in parts.Keys.Where(p => KnownWord(p) is not null).ToArray())
            parts[part] *= options.KnownWordFactor;
        foreach ((string word, long total) in totals)
        {
            foreach ((string form, double share) in FourForms.Of(word).Zip(options.FormShares))
                CollectionsMarshal.GetValueRefOrAddDefault(parts, form, out _) += (long)(share * total * options.KnownWordFactor);
        }
        foreach (string form in EverydayWords().Select(word => FourForms.Of(word)[0]))
            parts[form] = Math.Max(parts.GetValueOrDefault(form), (long)options.EverydayCount * options.KnownWordFactor);
        return parts;
    }

    // The word in lower case when the part is letters that are one token of the teacher's.
    private string? KnownWord(string part)
    {
        string word = part.AsSpan().TrimStart(' ').ToString().ToLowerInvariant();
        return word.Length > 1 && word.All(char.IsLetter) && teacher.Contains(word) ? word : null;
    }

    private static string[] EverydayWords()
    {
        using var reader = new StreamReader(typeof(VocabularyTrainer).Assembly.GetManifestResourceStream("everyday-words.txt")!);
        return reader.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Write(string directory, IReadOnlyList<string> tokens, IReadOnlyList<(string Left, string Right)> merges)
    {
        Directory.CreateDirectory(directory);
        string[] lines = ["#version: 0.2", .. merges.Select(p => $"{p.Left} {p.Right}")];
        const string Settings = """
            {
              "add_prefix_space": true,
              "bos_token": "<s>",
              "cls_token": "<s>",
              "eos_token": "</s>",
              "mask_token": "<mask>",
              "model_max_length": 512,
              "pad_token": "<pad>",
              "sep_token": "</s>",
              "tokenizer_class": "RobertaTokenizer",
              "unk_token": "<unk>"
            }

            """;
        Dictionary<string, int> ids = tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + '\n')));
        AtomicFile.WriteAll(
            (Path.Combine(directory, "vocab.json"), stream => JsonSerializer.Serialize(stream, ids, _json)),
            (Path.Combine(directory, "merges.txt"), stream => stream.Write(text)),
            (Path.Combine(directory, "tokenizer_config.json"), stream => stream.Write(Encoding.UTF8.GetBytes(Settings))));
    }

    private void Report(Dictionary<string, long> words, IReadOnlyList<string> tokens)
    {
        HashSet<string> known = [.. tokens];
        bool IsToken(string text) => known.Contains(string.Concat(Encoding.UTF8.GetBytes(text).Select(b => ByteAlphabet.Characters[b])));
        string[] common = [.. words.Where(w => w.Key.Length > 1 && w.Key.All(char.IsAsciiLetterLower))
            .OrderByDescending(w => w.Value).Select(w => w.Key)];
        foreach (int count in (int[])[1_000, 2_000, 5_000, 10_000, 20_000])
        {
            double[] shares = FourForms.Shares([.. common.Take(count)], IsToken);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count,6:N0} most common words, one token as ' w' {shares[0]:P1}, ' W' {shares[1]:P1}, "
                + $"'W' {shares[2]:P1}, 'w' {shares[3]:P1}, in all four {shares[4]:P1}"));
        }
        string[] everyday = EverydayWords();
        double[] own = FourForms.Shares(everyday, IsToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{everyday.Length} everyday words: ' w' {own[0]:P1}, in all four {own[4]:P1}"));
    }
}
