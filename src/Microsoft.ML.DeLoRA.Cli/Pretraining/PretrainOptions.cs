using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Cli.Pretraining;

/// <summary>What <c>delora pretrain</c> does; the defaults make roberta-nano.</summary>
internal sealed record PretrainOptions
{
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

    /// <summary>Rows of a step whose rows have that many tokens: an even number, as they come in pairs.</summary>
    public int RowCount(int length) => Math.Max(1, BatchTokens / length / 2) * 2;

    /// <summary>Tokens a row in that step, counted from 0.</summary>
    public int RowLength(int step)
        => Math.Floor((step + 1) * LongShare) > Math.Floor(step * LongShare) ? LongSequenceLength : SequenceLength;

    /// <summary>
    /// The model's shape for a vocabulary of that size. Without dropout, which a short pretraining does not need; fine-tuning reads it
    /// here.
    /// </summary>
    public RobertaConfiguration Configuration(int vocabularySize) => new()
    {
        VocabularySize = vocabularySize,
        HiddenSize = HiddenSize,
        LayerCount = LayerCount,
        HeadCount = HeadCount,
        IntermediateSize = 4 * HiddenSize,
        PositionCount = 514,
        HiddenDropout = 0,
        AttentionDropout = 0,
        ClassifierDropout = 0.1,
    };
}
