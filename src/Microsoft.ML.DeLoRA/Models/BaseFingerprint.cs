using System.Buffers.Binary;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// Tells one base model's encoder from another by its weights, without the word embeddings, which may be resized: for each parameter up
/// to <see cref="MostSamples"/> values, evenly spread, summed with signs. Numbers and no hash: the same model in half precision, or merged on another machine, is the same base.
/// </summary>
internal static class BaseFingerprint
{
    /// <summary>The values that are looked at of each parameter.</summary>
    public const int MostSamples = 1024;

    // Above what rounding to bfloat16 changes, below what training does.
    private const double Tolerance = 5e-3;

    /// <summary>As text, for labels.json: the sums as float32, little-endian, in base64.</summary>
    public static string Of(FrozenBase frozen, RobertaEncoder encoder)
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
            throw new InvalidDataException($"{Path.Combine(directory.Path, PeftLabels.FileName)} is damaged: its base_fingerprint is not valid.");
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

    private static (double Sum, double Norm)[] Sums(FrozenBase frozen, RobertaEncoder encoder)
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
