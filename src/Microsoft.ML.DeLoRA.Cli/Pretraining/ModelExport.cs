using Microsoft.ML.DeLoRA.Checkpoints;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Cli.Pretraining;

/// <summary>Writes config.json and model.safetensors (float16, Hugging Face's names) beside the vocabulary.</summary>
internal static class ModelExport
{
    /// <param name="directory">The model directory.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="configuration">Its shape.</param>
    /// <param name="longestSeen">Positions from this one on were never trained; they get copies of those that were.</param>
    public static void Write(string directory, MaskedLanguageModel model, RobertaConfiguration configuration, int longestSeen)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        var writer = new SafeTensorsWriter();
        writer.Metadata["format"] = "pt";
        foreach (ModelParameter parameter in model.Parameters)
        {
            Tensor value = parameter.Name == "embeddings.position_embeddings.weight"
                ? Repeat(parameter.Value, configuration.PadId + 1, longestSeen)
                : parameter.Value;
            string prefix = parameter.Name.StartsWith("lm_head.", StringComparison.Ordinal) ? "" : "roberta.";
            writer.Add(prefix + parameter.Name, value.to_type(float16));
        }
        writer.Save(Path.Combine(directory, "model.safetensors"));
        File.WriteAllText(Path.Combine(directory, "config.json"), configuration.ToJson("RobertaForMaskedLM") + "\n");
    }

    private static Tensor Repeat(Tensor positions, int first, int count)
    {
        Tensor result = positions.clone();
        for (long start = first + count; start < result.shape[0]; start += count)
        {
            long length = Math.Min(count, result.shape[0] - start);
            result.narrow(0, start, length).copy_(positions.narrow(0, first, length));
        }
        return result;
    }
}
