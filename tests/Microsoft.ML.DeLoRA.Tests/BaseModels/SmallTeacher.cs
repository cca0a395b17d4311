using Microsoft.ML.DeLoRA.Weights;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Text;

namespace Microsoft.ML.DeLoRA.Tests.BaseModels;

/// <summary>A tiny teacher with random weights, a student's vocabulary, and a corpus, for tests of the recipe.</summary>
internal static class SmallTeacher
{
    public static readonly string[] Tokens =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
        "the", "cat", "##s", "dog", "sat", "on", "mat", "ran", "a", "red", "house", ".", ",", "we", "saw",
    ];

    /// <summary>Words of the student that are one token behind a blank, and "cat" without one.</summary>
    public static readonly SmallVocabulary Student =
        SmallVocabulary.Of("c a", "ca t", "Ġ cat", "Ġ t", "h e", "Ġt he", "Ġ d", "o g", "Ġd og");

    /// <summary>Writes config.json, vocab.txt and model.safetensors.</summary>
    public static void WriteTeacher(string directory)
    {
        var configuration = new EncoderConfiguration
        {
            VocabularySize = Tokens.Length,
            HiddenSize = 16,
            LayerCount = 2,
            HeadCount = 2,
            IntermediateSize = 32,
            PositionCount = 130,
            TypeCount = 2,
            LayerNormEpsilon = 1e-12,
            HiddenDropout = 0,
            AttentionDropout = 0,
            InitializerRange = 0.3,
        };
        Directory.CreateDirectory(directory);
        using var weights = new RandomWeights(configuration, 3);
        using var encoder = new PackedEncoder(configuration, weights);
        var writer = new SafeTensorsWriter();
        foreach (ModelParameter parameter in encoder.Parameters)
            writer.Add(parameter.Name, parameter.Value);
        writer.Save(Path.Combine(directory, "model.safetensors"));
        File.WriteAllText(Path.Combine(directory, "config.json"), configuration.ToJson("RobertaModel"));
        File.WriteAllLines(Path.Combine(directory, "vocab.txt"), Tokens);
    }

    /// <summary>Writes the student's vocabulary.</summary>
    public static void WriteVocabulary(string directory)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllBytes(Path.Combine(directory, "vocab.json"), Student.VocabularyContent);
        File.WriteAllBytes(Path.Combine(directory, "merges.txt"), Student.MergesContent);
        File.WriteAllText(
            Path.Combine(directory, "tokenizer_config.json"), """{"add_prefix_space": true, "tokenizer_class": "RobertaTokenizer"}""");
    }

    /// <summary>Writes paragraphs of two sentences each.</summary>
    public static string WriteCorpus(string directory)
    {
        string[] words = ["the", "cat", "cats", "dog", "sat", "on", "mat", "ran", "a", "red", "house", "we", "saw"];
        var random = new Random(5);
        string path = Path.Combine(directory, "corpus.txt");
        File.WriteAllLines(path, Enumerable.Range(0, 200).Select(_ => $"{Sentence()} {Sentence()}"));
        return path;

        string Sentence()
        {
            string[] chosen = [.. Enumerable.Range(0, random.Next(5, 9)).Select(_ => words[random.Next(words.Length)])];
            return char.ToUpperInvariant(chosen[0][0]) + string.Join(' ', chosen)[1..] + ".";
        }
    }
}
