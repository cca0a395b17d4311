using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Checkpoints;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Serving;

/// <summary>
/// What must be remembered of the pretrained weights to save them as they were: the type in which each was stored, and the bytes of
/// those that an adapter changes. The others are still in the encoder, and go back to their type without loss.
/// </summary>
internal sealed class FrozenWeights
{
    private readonly Dictionary<string, TensorDataType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _originals = new(StringComparer.Ordinal);

    /// <param name="encoder">The encoder, its adapters not merged.</param>
    /// <param name="adapters">The adapters on it.</param>
    /// <param name="source">Where the encoder's weights came from.</param>
    public FrozenWeights(RobertaEncoder encoder, AdapterSet? adapters, ITensorSource source)
    {
        HashSet<ModelParameter> changed = [.. adapters?.Adapters.SelectMany(a => new[] { a.Layer.Weight, a.Layer.Bias }) ?? []];
        foreach (ModelParameter parameter in encoder.Parameters)
        {
            TensorDataType stored = source.DataType(parameter.Name);
            // Anything else than these three was rounded to float32 when it was read.
            bool exact = stored is TensorDataType.Float16 or TensorDataType.BFloat16 or TensorDataType.Float32;
            _types[parameter.Name] = exact ? stored : TensorDataType.Float32;
            if (changed.Contains(parameter) || parameter.Trainable)
                _originals[parameter.Name] = exact ? source.ReadBytes(parameter.Name) : MemoryMarshal.AsBytes(source.ReadFloat32(parameter.Name).AsSpan()).ToArray();
        }
    }

    /// <summary>The encoder's pretrained weights under Hugging Face's names.</summary>
    public SafeTensorsWriter ToWriter(RobertaEncoder encoder)
    {
        var writer = new SafeTensorsWriter();
        foreach (ModelParameter parameter in encoder.Parameters)
        {
            string name = "roberta." + parameter.Name;
            TensorDataType type = _types[parameter.Name];
            if (_originals.TryGetValue(parameter.Name, out byte[]? original))
                writer.AddBytes(name, type, original, parameter.Value.shape);
            else
                writer.Add(name, parameter.Value, type);
        }
        return writer;
    }
}
