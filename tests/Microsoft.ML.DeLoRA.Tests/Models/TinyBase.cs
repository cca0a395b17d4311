using System.Text;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>A Hugging Face directory with a tiny random RoBERTa in float16 and a vocabulary of single bytes.</summary>
internal static class TinyBase
{
    public static EncoderConfiguration Configuration { get; } = new()
    {
        VocabularySize = 261,
        HiddenSize = 32,
        LayerCount = 2,
        HeadCount = 2,
        IntermediateSize = 48,
        PositionCount = 66,
        HiddenDropout = 0,
        AttentionDropout = 0,
        InitializerRange = 0.2,
    };

    // Below the configuration, which it is made of.
    private static readonly TemporaryDirectory _directory = Create();

    /// <summary>The directory; shared, so do not change it.</summary>
    public static string Directory => _directory.Path;

    /// <summary>Writes such a directory for a test that damages it.</summary>
    public static void WriteTo(string directory, long seed = 1)
    {
        using var weights = new RandomWeights(Configuration, seed);
        using var encoder = new PackedEncoder(Configuration, weights);
        var writer = new SafeTensorsWriter();
        foreach (ModelParameter parameter in encoder.Parameters)
            writer.Add("roberta." + parameter.Name, parameter.Value, TensorDataType.Float16);
        writer.Save(Path.Combine(directory, "model.safetensors"));
        File.WriteAllText(Path.Combine(directory, "config.json"), Configuration.ToJson());
        File.WriteAllText(Path.Combine(directory, "vocab.json"), Vocabulary(), new UTF8Encoding(false));
        File.WriteAllText(Path.Combine(directory, "merges.txt"), "#version: 0.2\n");
    }

    private static TemporaryDirectory Create()
    {
        var directory = new TemporaryDirectory();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Dispose();
        WriteTo(directory.Path);
        return directory;
    }

    private static string Vocabulary()
    {
        var ids = new Dictionary<string, int> { ["<s>"] = 0, ["<pad>"] = 1, ["</s>"] = 2, ["<unk>"] = 3 };
        foreach (char character in ByteAlphabet.Characters)
            ids[character.ToString()] = ids.Count;
        ids["<mask>"] = ids.Count;
        return JsonSerializer.Serialize(ids);
    }
}
