using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tokenization;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Tokenised texts with what a model should say about each: a class, a number, or yes or no to each of several labels.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class TrainingData
{
    private readonly TokenizedDataset _texts;
    private readonly float[] _targets;

    private TrainingData(TokenizedDataset texts, float[] targets, int classCount, bool isMultiLabel = false)
    {
        int rows = targets.Length / (isMultiLabel ? classCount : 1);
        if (texts.Count != rows)
            throw new ArgumentException($"There are {texts.Count} texts but {rows} targets; give each text one.", nameof(targets));
        if (texts.Count == 0)
            throw new ArgumentException("There is no row.", nameof(texts));
        (_texts, _targets, ClassCount, IsMultiLabel) = (texts, targets, classCount, isMultiLabel);
    }

    /// <summary>Number of rows.</summary>
    public int Count => _texts.Count;

    /// <summary>Number of classes or labels; 0 when the targets are numbers (regression).</summary>
    public int ClassCount { get; }

    /// <summary>True when a row has any number of labels (multi-label), false when it has one class or number.</summary>
    public bool IsMultiLabel { get; }

    /// <summary>Class indices, from 0, or values: one a row; multi-label: 0 or 1 for each label, row by row.</summary>
    public ReadOnlySpan<float> Targets => _targets;

    /// <summary>Numbers of a row in <see cref="Targets"/>.</summary>
    internal int TargetCount => IsMultiLabel ? ClassCount : 1;

    /// <summary>Outputs of the head that these targets need.</summary>
    internal int OutputCount => Math.Max(1, ClassCount);

    /// <summary>What a model that learns from these targets says about each row.</summary>
    internal MetricTask Task => IsMultiLabel ? MetricTask.Labels : ClassCount == 0 ? MetricTask.Numbers : MetricTask.Classes;

    private bool PadBatches { get; init; }

    // What the rows are called in the data that they were taken from; null: their own numbers.
    private RowNames? Names { get; init; }

    /// <summary>The same data in conventional batches, every row filled up to the longest: for comparison only.</summary>
    internal TrainingData Padded() => new(_texts, _targets, ClassCount, IsMultiLabel) { PadBatches = true, Names = Names };

    /// <summary>The same data with other names for its rows, in messages: rows may have been left out before, or held back.</summary>
    internal TrainingData Named(RowNames names)
        => new(_texts, _targets, ClassCount, IsMultiLabel) { PadBatches = PadBatches, Names = names };

    /// <summary>A row's number, from 0, in the data that it was taken from.</summary>
    internal int NumberOf(int row) => Names?.NumberOf(row) ?? row;

    /// <summary>What a row is called in messages, such as <c>row 7 of the training data</c>; rows count from 0.</summary>
    internal string NameOf(int row) => Names?.NameOf(row) ?? $"row {row}";

    /// <summary>Throws unless a model can compute every row: libtorch does not say which one, and on a GPU the process is lost.</summary>
    /// <exception cref="ArgumentException">
    /// A row is empty or too long, or has an id that is no token of the model; the message names it.
    /// </exception>
    internal void RequireFits(EncoderConfiguration configuration, string argument)
    {
        for (int row = 0; row < Count; row++)
        {
            ReadOnlySpan<int> ids = _texts.Row(row);
            if (ids.Length == 0 || ids.Length > configuration.MaxTokens)
                throw new ArgumentException($"There are {ids.Length} tokens in {NameOf(row)} (from 0); the model takes from 1 to "
                    + $"{configuration.MaxTokens}. Tokenize with that maximum length.", argument);
            int wrong = ids.IndexOfAnyExceptInRange(0, configuration.VocabularySize - 1);
            if (wrong >= 0)
                throw new ArgumentException(
                    $"Token {wrong} of {NameOf(row)} (both from 0) has the id {ids[wrong]}; the model has the ids 0 to "
                    + $"{configuration.VocabularySize - 1}. Tokenize with the model's own tokenizer.", argument);
        }
    }

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
                throw new ArgumentException($"The class of row {row} is {classes[row]}; it must be from 0 to {classCount - 1}.",
                    nameof(classes));
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
                throw new ArgumentException($"The value of row {row} is {values[row]}; remove the row or give it a number.",
                    nameof(values));
        }
        return new TrainingData(texts, [.. values], classCount: 0);
    }

    /// <summary>Texts that each have any number of labels.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="labels">For each text one flag for each label.</param>
    /// <exception cref="ArgumentException">
    /// Other numbers of texts and rows of flags, no row, no label, or rows of different lengths.
    /// </exception>
    public static TrainingData MultiLabel(TokenizedDataset texts, IReadOnlyList<IReadOnlyList<bool>> labels)
    {
        int count = labels.Count == 0 ? 1 : labels[0].Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(labels));
        for (int row = 0; row < labels.Count; row++)
        {
            if (labels[row].Count != count)
                throw new ArgumentException(
                    $"Row {row} has {labels[row].Count} flags and row 0 has {count}; give each row one for each label.", nameof(labels));
        }
        return new TrainingData(texts, [.. labels.SelectMany(row => row).Select(has => has ? 1f : 0f)], count, isMultiLabel: true);
    }

    /// <summary>The texts of some rows as a batch for an encoder; the caller disposes it.</summary>
    internal PackedBatch Batch(ReadOnlySpan<int> rows, EncoderConfiguration configuration, Device device)
    {
        var texts = new ReadOnlyMemory<int>[rows.Length];
        int[]? secondStarts = _texts.HasPairs ? new int[rows.Length] : null;
        for (int i = 0; i < rows.Length; i++)
        {
            texts[i] = _texts.RowMemory(rows[i]);
            if (secondStarts is not null)
                secondStarts[i] = _texts.SecondStart(rows[i]);
        }
        return PadBatches
            ? PackedBatch.CreatePadded(texts, configuration, device, secondStarts)
            : PackedBatch.Create(texts, configuration, device, secondStarts);
    }

    /// <summary>The targets of one row.</summary>
    internal ReadOnlySpan<float> TargetsOf(int row) => _targets.AsSpan(row * TargetCount, TargetCount);

    /// <summary>The targets of some rows, [rows, targets].</summary>
    internal Tensor TargetTensor(ReadOnlySpan<int> rows, Device device)
    {
        var values = new float[rows.Length * TargetCount];
        for (int i = 0; i < rows.Length; i++)
            TargetsOf(rows[i]).CopyTo(values.AsSpan(i * TargetCount));
        return tensor(values, device: device).reshape(rows.Length, TargetCount);
    }

    /// <summary>The classes of some rows, [rows], int64.</summary>
    internal Tensor ClassTensor(ReadOnlySpan<int> rows, Device device)
    {
        var classes = new long[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            classes[i] = (long)_targets[rows[i]];
        return tensor(classes, device: device);
    }

    /// <summary>How many rows have each class or label.</summary>
    internal double[] RowsByClass()
    {
        var counts = new double[ClassCount];
        for (int i = 0; i < _targets.Length; i++)
        {
            if (!IsMultiLabel)
                counts[(int)_targets[i]]++;
            else
                counts[i % ClassCount] += _targets[i];
        }
        return counts;
    }

    /// <summary>A number that changes with any token, target or order of rows.</summary>
    internal string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int row = 0; row < Count; row++)
        {
            hash.AppendData(BitConverter.GetBytes(Length(row)));
            hash.AppendData(MemoryMarshal.AsBytes(_texts.Row(row)));
        }
        hash.AppendData(MemoryMarshal.AsBytes(_targets.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
