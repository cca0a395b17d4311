using System.Text;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>Writes config.json and model.safetensors (float16, Hugging Face's names) beside the vocabulary.</summary>
internal static class ModelExport
{
    /// <param name="directory">The model directory.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="configuration">Its shape.</param>
    public static void Write(string directory, MaskedLanguageModel model, EncoderConfiguration configuration)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        var writer = new SafeTensorsWriter();
        writer.Metadata["format"] = "pt";
        foreach (ModelParameter parameter in model.Parameters)
        {
            string prefix = parameter.Name.StartsWith("lm_head.", StringComparison.Ordinal) ? "" : "roberta.";
            writer.Add(prefix + parameter.Name, parameter.Value.to_type(float16));
        }
        byte[] text = Encoding.UTF8.GetBytes(configuration.ToJson("RobertaForMaskedLM") + "\n");
        AtomicFile.WriteAll(
            (Path.Combine(directory, "model.safetensors"), writer.Write),
            (Path.Combine(directory, "config.json"), stream => stream.Write(text)));
    }
}
