using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tokenization;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Tokenised texts with what a model should say about each: a class, or a number.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class TrainingData
{
    private readonly TokenizedDataset _texts;
    private readonly float[] _targets;

    private TrainingData(TokenizedDataset texts, float[] targets, int classCount)
    {
        if (texts.Count != targets.Length)
            throw new ArgumentException($"There are {texts.Count} texts but {targets.Length} targets; give each text one.", nameof(targets));
        if (texts.Count == 0)
            throw new ArgumentException("There is no row.", nameof(texts));
        (_texts, _targets, ClassCount) = (texts, targets, classCount);
    }

    /// <summary>Number of rows.</summary>
    public int Count => _targets.Length;

    /// <summary>Number of classes; 0 when the targets are numbers (regression).</summary>
    public int ClassCount { get; }

    /// <summary>Class indices, from 0, or values.</summary>
    public ReadOnlySpan<float> Targets => _targets;

    private bool PadBatches { get; init; }

    /// <summary>The same data in conventional batches, every row filled up to the longest: for comparison only.</summary>
    internal TrainingData Padded() => new(_texts, _targets, ClassCount) { PadBatches = true };

    /// <summary>Number of tokens of a row.</summary>
    public int Length(int row) => _texts.Length(row);

    /// <summary>Texts with class indices.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="classes">The class of each text, from 0.</param>
    /// <param name="classCount">Number of classes, at least 2.</param>
    /// <exception cref="ArgumentException">Other numbers of texts and classes, no row, or a class out of range.</exception>
    public static TrainingData Classification(TokenizedDataset texts, IReadOnlyList<int> classes, int classCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        for (int row = 0; row < classes.Count; row++)
        {
            if (classes[row] < 0 || classes[row] >= classCount)
                throw new ArgumentException($"The class of row {row} is {classes[row]}; it must be from 0 to {classCount - 1}.", nameof(classes));
        }
        return new TrainingData(texts, [.. classes.Select(c => (float)c)], classCount);
    }

    /// <summary>Texts with numbers.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="values">The value of each text; finite.</param>
    /// <exception cref="ArgumentException">Other numbers of texts and values, no row, or a value that is NaN or infinite.</exception>
    public static TrainingData Regression(TokenizedDataset texts, IReadOnlyList<float> values)
    {
        for (int row = 0; row < values.Count; row++)
        {
            if (!float.IsFinite(values[row]))
                throw new ArgumentException($"The value of row {row} is {values[row]}; remove the row or give it a number.", nameof(values));
        }
        return new TrainingData(texts, [.. values], classCount: 0);
    }

    /// <summary>The texts of some rows as a batch; the caller disposes it.</summary>
    internal PackedBatch Batch(ReadOnlySpan<int> rows, int padId, Device device)
    {
        var texts = new ReadOnlyMemory<int>[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            texts[i] = _texts.RowMemory(rows[i]);
        return PadBatches ? PackedBatch.CreatePadded(texts, padId, device) : PackedBatch.Create(texts, padId, device);
    }

    /// <summary>The mean loss of some rows: cross-entropy of the logits [rows, classes], or mean squared error of the outputs [rows, 1].</summary>
    internal Tensor Loss(Tensor outputs, ReadOnlySpan<int> rows)
    {
        if (ClassCount == 0)
        {
            var values = new float[rows.Length];
            for (int i = 0; i < rows.Length; i++)
                values[i] = _targets[rows[i]];
            return nn.functional.mse_loss(outputs.reshape(-1), tensor(values, device: outputs.device));
        }
        var classes = new long[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            classes[i] = (long)_targets[rows[i]];
        return nn.functional.cross_entropy(outputs, tensor(classes, device: outputs.device));
    }
}
