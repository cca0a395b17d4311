using System.Buffers.Binary;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

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
    public FrozenBase(
        string configurationJson, ITextTokenizer tokenizer, ITensorSource tensors, PackedEncoder encoder, AdapterSet? adapters)
    {
        (ConfigurationJson, Tokenizer) = (configurationJson, tokenizer);
        HashSet<ModelParameter> changed = [.. adapters?.Adapters.OfType<LinearAdapter>()
            .SelectMany(a => new[] { a.Layer.Weight, a.Layer.Bias }) ?? []];
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
    public SafeTensorsWriter Weights(PackedEncoder encoder)
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
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor value = parameter.Value.detach();
        long count = value.numel();
        long step = Math.Max(1, (count + most - 1) / most);
        if (!_originals.TryGetValue(parameter.Name, out IReadOnlyList<ReadOnlyMemory<byte>>? original))
        {
            Tensor spread = value.reshape(-1).slice(0, 0, count, step).to(ScalarType.Float32);
            return spread.cpu().contiguous().data<float>().ToArray();
        }
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
        using var scope = NewDisposeScope();
        Tensor rounded = tensors.ReadTensor(name);
        TensorChunks.Read(rounded, TensorDataType.Float32, bytes => pieces.Add(bytes.ToArray()));
        return pieces;
    }
}

/// <summary>
/// Tells one base model's encoder from another by its weights, without the word embeddings, which may be resized: for each parameter up
/// to <see cref="MostSamples"/> values, evenly spread, summed with signs. Numbers and no hash: the same model in half precision, or merged
/// on another machine, is the same base.
/// </summary>
internal static class BaseFingerprint
{
    /// <summary>The values that are looked at of each parameter.</summary>
    public const int MostSamples = 1024;

    // Above what rounding to bfloat16 changes, below what training does.
    private const double Tolerance = 5e-3;

    /// <summary>As text, for labels.json: the sums as float32, little-endian, in base64.</summary>
    public static string Of(FrozenBase frozen, PackedEncoder encoder)
    {
        (double Sum, double Norm)[] sums = Sums(frozen, encoder);
        var bytes = new byte[sums.Length * sizeof(float)];
        for (int i = 0; i < sums.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), (float)sums[i].Sum);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Throws unless a model has the base that an adapter was trained on; passes where the directory does not say.</summary>
    /// <param name="directory">The adapter's directory.</param>
    /// <param name="model">The adapter on the base that is used, not merged.</param>
    /// <param name="name">That base's name.</param>
    /// <exception cref="InvalidDataException">It is another one, or labels.json is damaged.</exception>
    public static void Require(PeftDirectory directory, TrainableModel model, string name)
    {
        if (PeftLabels.Find(directory.Path)?.BaseFingerprint is not { } text)
            return;
        (double Sum, double Norm)[] sums = Sums(model.Base, model.Classifier.Encoder);
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out int length) || length % sizeof(float) != 0)
            throw new InvalidDataException(
                $"{Path.Combine(directory.Path, PeftLabels.FileName)} is damaged: its base_fingerprint is not valid.");
        bool isSame = length == sums.Length * sizeof(float);
        for (int i = 0; isSame && i < sums.Length; i++)
        {
            double was = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
            // False for NaN, too.
            isSame = Math.Abs(was - sums[i].Sum) <= (Tolerance * sums[i].Norm) + 1e-6;
        }
        if (!isSame)
            throw new InvalidDataException($"The adapter in '{directory.Path}' was trained on another base model than '{name}'; "
                + "give the one that it was trained on by --base / baseModel. If that was a saved model, it is that file.");
    }

    private static (double Sum, double Norm)[] Sums(FrozenBase frozen, PackedEncoder encoder)
        => [.. encoder.Parameters.Where(p => p.Name != BaseModel.WordEmbeddings)
            .Select(parameter => Sum(frozen.Samples(parameter, MostSamples)))];

    private static (double Sum, double Norm) Sum(float[] values)
    {
        (double sum, double squares) = (0, 0);
        for (int i = 0; i < values.Length; i++)
        {
            // A fixed row of signs without a period that weights could share.
            bool minus = (((uint)i * 2654435761u) & 0x10000) != 0;
            sum += minus ? -values[i] : values[i];
            squares += (double)values[i] * values[i];
        }
        return (sum, Math.Sqrt(squares));
    }
}
