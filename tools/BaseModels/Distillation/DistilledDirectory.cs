using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>
/// Writes a distilled student as a model directory: float16 weights, and the files beside them as they are in the student's directory.
/// </summary>
internal static class DistilledDirectory
{
    private static readonly string[] _copied = ["config.json", "vocab.json", "merges.txt", "tokenizer_config.json"];

    /// <param name="student">The directory that the transfer wrote.</param>
    /// <param name="output">The directory to write.</param>
    /// <param name="values">The weights by name, without prefix.</param>
    /// <exception cref="InvalidDataException">A weight is not finite, or not in float16.</exception>
    public static void Write(string student, string output, IEnumerable<(string Name, Tensor Value)> values)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Directory.CreateDirectory(output);
        var writer = new SafeTensorsWriter();
        foreach ((string name, Tensor value) in values)
        {
            Tensor half = value.to_type(float16);
            FiniteTensors.Require(half, name, "the distilled model");
            writer.Add("roberta." + name, half);
        }
        AtomicFile.WriteAll(
        [
            .. _copied.Select(file => (Path.Combine(output, file), Copy(file))),
            (Path.Combine(output, "model.safetensors"), writer.Write),
        ]);

        Action<Stream> Copy(string file) => stream => stream.Write(File.ReadAllBytes(Path.Combine(student, file)));
    }
}
