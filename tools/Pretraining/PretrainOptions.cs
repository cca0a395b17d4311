using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>What <c>delora pretrain</c> does; the defaults make roberta-nano.</summary>
internal sealed record PretrainOptions
{
    private const int MostTokens = 512;

    /// <summary>Plain text files (UTF-8, also .gz): one paragraph a line, a blank line between documents.</summary>
    public required IReadOnlyList<string> Corpus { get; init; }

    /// <summary>Share of each corpus file in the training rows; null: by size.</summary>
    public IReadOnlyList<double>? Mix { get; init; }

    /// <summary>Where vocabulary, token files, checkpoint, log and the finished model go.</summary>
    public required string Output { get; init; }

    public int VocabularySize { get; init; } = 8192;

    public int HiddenSize { get; init; } = 256;

    public int LayerCount { get; init; } = 4;

    public int HeadCount { get; init; } = 4;

    /// <summary>Tokens a row in most steps, special tokens included.</summary>
    public int SequenceLength { get; init; } = 64;

    /// <summary>Tokens a row in the other steps, so that later positions are learned too.</summary>
    public int LongSequenceLength { get; init; } = 256;

    /// <summary>
    /// Share of the steps that use long rows, spread over the whole run: positions that are met only in its last part are not learned
    /// any more, and unsettle the others.
    /// </summary>
    public double LongShare { get; init; } = 0.1;

    /// <summary>Tokens a step.</summary>
    public int BatchTokens { get; init; } = 4096;

    /// <summary>Optimiser steps of the whole run; the schedule is laid out for them.</summary>
    public int Steps { get; init; } = 8000;

    /// <summary>Stop (with a checkpoint) after this time; null: no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Peak learning rate of AdamW (embeddings, norms, biases).</summary>
    public double LearningRate { get; init; } = 6e-4;

    /// <summary>Peak learning rate of the orthogonalised momentum on the layers' matrices; 0: AdamW there too.</summary>
    public double MatrixLearningRate { get; init; } = 0.01;

    public double WarmupRatio { get; init; } = 0.02;

    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Share of the tokens that are to be predicted.</summary>
    public double MaskRatio { get; init; } = 0.2;

    /// <summary>Weight of the neighbour loss beside the masked one.</summary>
    public double NeighbourWeight { get; init; } = 1;

    public ComputePrecision Precision { get; init; } = ComputePrecision.BFloat16;

    /// <summary>Where the model computes. A checkpoint written on one device goes on on another; null (default): the CPU.</summary>
    public Device? Device { get; init; }

    public int Seed { get; init; } = 1;

    public int LogEvery { get; init; } = 20;

    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Says which option is out of range, before a corpus is read that may take hours.</summary>
    /// <exception cref="UsageException">One is; the message names its flag, what was found and what is allowed.</exception>
    public void Validate()
    {
        RequireWhole("--vocabulary", VocabularySize, 262, ushort.MaxValue + 1);
        RequireWhole("--hidden", HiddenSize, 1, 1 << 14);
        RequireWhole("--layers", LayerCount, 1, 1 << 10);
        RequireWhole("--heads", HeadCount, 1, HiddenSize);
        Require(HiddenSize % HeadCount == 0, "--heads", HeadCount, $"a divisor of --hidden, which is {HiddenSize}");
        RequireWhole("--steps", Steps, 1, int.MaxValue);
        RequireWhole("--batch-tokens", BatchTokens, 1, 1 << 24);
        RequireWhole("--length", SequenceLength, 4, MostTokens);
        RequireWhole("--long-length", LongSequenceLength, 4, MostTokens);
        Require(LongShare is >= 0 and <= 1, "--long-share", LongShare, "from 0 to 1");
        Require(LearningRate is >= 0 and < double.PositiveInfinity, "--learning-rate", LearningRate, "a finite number of at least 0");
        Require(MatrixLearningRate is >= 0 and < double.PositiveInfinity, "--matrix-learning-rate", MatrixLearningRate,
            "a finite number of at least 0");
        Require(MaskRatio is > 0 and <= 1, "--mask-ratio", MaskRatio, "above 0 and at most 1");
        Require(Mix is null || Mix.Count == Corpus.Count, "--mix", $"{Mix?.Count} numbers",
            $"one for each of the {Corpus.Count} files of --corpus");
        Require(Mix is null || (Mix.All(s => s is >= 0 and < double.PositiveInfinity) && Mix.Sum() is > 0 and < double.PositiveInfinity),
            "--mix", string.Join(' ', Mix ?? []), "finite numbers of at least 0, one of them above 0");
    }

    private static void RequireWhole(string flag, int value, int least, int most)
        => Require(value >= least && value <= most, flag, value, $"from {least} to {most}");

    private static void Require(bool fine, string flag, object? found, string allowed)
    {
        if (!fine)
            throw new UsageException(FormattableString.Invariant($"{flag} is {found}; it must be {allowed}."));
    }

    /// <summary>Rows of a step whose rows have that many tokens: an even number, as they come in pairs.</summary>
    public int RowCount(int length) => Math.Max(1, BatchTokens / length / 2) * 2;

    /// <summary>Tokens a row in that step, counted from 0.</summary>
    public int RowLength(int step)
        => Math.Floor((step + 1) * LongShare) > Math.Floor(step * LongShare) ? LongSequenceLength : SequenceLength;

    /// <summary>
    /// The model's shape for a vocabulary of that size. Without dropout, which a short pretraining does not need; fine-tuning reads it
    /// here.
    /// </summary>
    public EncoderConfiguration Configuration(int vocabularySize) => new()
    {
        VocabularySize = vocabularySize,
        HiddenSize = HiddenSize,
        LayerCount = LayerCount,
        HeadCount = HeadCount,
        IntermediateSize = 4 * HiddenSize,
        PositionCount = MostTokens + 2,
        HiddenDropout = 0,
        AttentionDropout = 0,
        ClassifierDropout = 0.1,
    };
}
