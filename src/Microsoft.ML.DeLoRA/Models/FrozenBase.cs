using System.Buffers.Binary;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// What must be remembered of a base model to save it as it was: configuration, tokenizer, the type in which each weight was stored,
/// and the bytes of those that an adapter changes. The other weights are still in the encoder, and go back to their type without loss.
/// </summary>
internal sealed class FrozenBase
{
    private readonly Dictionary<string, TensorDataType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<ReadOnlyMemory<byte>>> _originals = new(StringComparer.Ordinal);

    /// <param name="configurationJson">The text of config.json.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="tensors">Where the encoder's weights came from; not needed after this call.</param>
    /// <param name="encoder">The encoder, its adapters put on but not merged.</param>
    /// <param name="adapters">The adapters on it.</param>
    public FrozenBase(string configurationJson, ITextTokenizer tokenizer, ITensorSource tensors, RobertaEncoder encoder, AdapterSet? adapters)
    {
        (ConfigurationJson, Tokenizer) = (configurationJson, tokenizer);
        HashSet<ModelParameter> changed = [.. adapters?.Adapters.OfType<LinearAdapter>().SelectMany(a => new[] { a.Layer.Weight, a.Layer.Bias }) ?? []];
        foreach (ModelParameter parameter in encoder.Parameters)
        {
            TensorDataType stored = tensors.DataType(parameter.Name);
            // Anything else than these three was rounded to float32 when it was read.
            bool exact = stored is TensorDataType.Float16 or TensorDataType.BFloat16 or TensorDataType.Float32;
            _types[parameter.Name] = exact ? stored : TensorDataType.Float32;
            if (changed.Contains(parameter) || parameter.Trainable)
                _originals[parameter.Name] = exact ? Read(tensors, parameter.Name) : ReadRounded(tensors, parameter.Name);
        }
    }

    /// <summary>The text of config.json.</summary>
    public string ConfigurationJson { get; }

    public ITextTokenizer Tokenizer { get; }

    /// <summary>The encoder's pretrained weights under Hugging Face's names.</summary>
    public SafeTensorsWriter Weights(RobertaEncoder encoder)
    {
        var writer = new SafeTensorsWriter();
        foreach (ModelParameter parameter in encoder.Parameters)
        {
            string name = encoder.Configuration.Family.FullName(parameter.Name);
            TensorDataType type = _types[parameter.Name];
            if (_originals.TryGetValue(parameter.Name, out IReadOnlyList<ReadOnlyMemory<byte>>? original))
                writer.AddBytes(name, type, original, parameter.Value.shape);
            else
                writer.Add(name, parameter.Value, type);
        }
        return writer;
    }

    /// <summary>Up to so many of a parameter's pretrained values, evenly spread.</summary>
    public float[] Samples(ModelParameter parameter, int most)
    {
        using IDisposable noGrad = TorchSharp.torch.no_grad();
        using var scope = TorchSharp.torch.NewDisposeScope();
        TorchSharp.torch.Tensor value = parameter.Value.detach();
        long count = value.numel();
        long step = Math.Max(1, (count + most - 1) / most);
        if (!_originals.TryGetValue(parameter.Name, out IReadOnlyList<ReadOnlyMemory<byte>>? original))
            return value.reshape(-1).slice(0, 0, count, step).to(TorchSharp.torch.ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        TensorDataType type = _types[parameter.Name];
        var samples = new List<float>();
        long start = 0;
        foreach (ReadOnlyMemory<byte> piece in original)
        {
            long length = piece.Length / type.Size();
            for (long i = samples.Count * step; i < start + length; i += step)
                samples.Add(Value(piece.Span[((int)(i - start) * type.Size())..], type));
            start += length;
        }
        return [.. samples];
    }

    private static float Value(ReadOnlySpan<byte> bytes, TensorDataType type) => type switch
    {
        TensorDataType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        TensorDataType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes) << 16),
        _ => BinaryPrimitives.ReadSingleLittleEndian(bytes),
    };

    // An array for each piece: one array cannot hold a tensor of more than 2 GB.
    private static List<ReadOnlyMemory<byte>> Read(ITensorSource tensors, string name)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        TensorChunks.Read(tensors, name, bytes => pieces.Add(bytes.ToArray()));
        return pieces;
    }

    private static List<ReadOnlyMemory<byte>> ReadRounded(ITensorSource tensors, string name)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        using var scope = TorchSharp.torch.NewDisposeScope();
        TorchSharp.torch.Tensor rounded = tensors.ReadTensor(name);
        TensorChunks.Read(rounded, TensorDataType.Float32, bytes => pieces.Add(bytes.ToArray()));
        return pieces;
    }
}
