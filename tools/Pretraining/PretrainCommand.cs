using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Commands;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary><c>pretrain</c>: corpus files -> vocabulary -> model, resumable.</summary>
internal static class PretrainCommand
{
    public const string Name = "pretrain";

    public static RootCommand Create()
    {
        var defaults = new PretrainOptions { Corpus = [], Output = "" };
        var corpus = new Option<FileInfo[]>("--corpus")
        {
            Description = "Text files (also .gz), one paragraph a line", Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var mix = new Option<double[]>("--mix")
        {
            Description = "Share of each corpus file in the training rows; by size when not given", AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "Folder of the model; an unfinished run found there goes on", Required = true,
        };
        Option<int> vocabulary = Values.Option("--vocabulary", "Tokens in the vocabulary", defaults.VocabularySize);
        Option<int> hidden = Values.Option("--hidden", "Width of the hidden states", defaults.HiddenSize);
        Option<int> layers = Values.Option("--layers", "Encoder layers", defaults.LayerCount);
        Option<int> heads = Values.Option("--heads", "Attention heads", defaults.HeadCount);
        Option<int> steps = Values.Option("--steps", "Optimiser steps of the whole run", defaults.Steps);
        Option<int> batchTokens = Values.Option("--batch-tokens", "Tokens a step", defaults.BatchTokens);
        Option<int> length = Values.Option("--length", "Tokens a row", defaults.SequenceLength);
        Option<int> longLength = Values.Option("--long-length", "Tokens a row in the long steps", defaults.LongSequenceLength);
        Option<double> longShare = Values.Option("--long-share",
            "Share of the steps that use long rows, spread over the run", defaults.LongShare);
        Option<double> learningRate = Values.Option("--learning-rate",
            "Peak rate of AdamW (embeddings, norms, biases)", defaults.LearningRate);
        Option<double> matrixRate = Values.Option("--matrix-learning-rate",
            "Peak rate of orthogonalised momentum on the layers' matrices; 0: AdamW there too", defaults.MatrixLearningRate);
        Option<double> maskRatio = Values.Option("--mask-ratio", "Share of the tokens to predict", defaults.MaskRatio);
        Option<double?> minutes = Values.Option<double?>("--minutes", "Stop after this time with a checkpoint", null);
        var device = new DeviceOption();
        Option<int> seed = Values.Option("--seed", "Seed of everything random", defaults.Seed);
        Option<bool> float32 = Values.Option("--float32", "Products in float32 instead of bfloat16", false);

        var command = new RootCommand(
            "Trains a byte-level vocabulary and a small RoBERTa on text files by masked-language modelling")
        {
            corpus, mix, output, vocabulary, hidden, layers, heads, steps, batchTokens, length, longLength, longShare,
            learningRate, matrixRate, maskRatio, minutes, seed, float32,
        };
        device.AddTo(command);
        command.SetAction((result, cancellation) => Task.Run(() => new Pretrainer(new PretrainOptions
        {
            Corpus = [.. result.GetRequiredValue(corpus).Select(f => f.FullName)],
            Mix = result.GetValue(mix) is { Length: > 0 } shares ? shares : null,
            Output = result.GetRequiredValue(output).FullName,
            VocabularySize = result.GetValue(vocabulary),
            HiddenSize = result.GetValue(hidden),
            LayerCount = result.GetValue(layers),
            HeadCount = result.GetValue(heads),
            Steps = result.GetValue(steps),
            BatchTokens = result.GetValue(batchTokens),
            SequenceLength = result.GetValue(length),
            LongSequenceLength = result.GetValue(longLength),
            LongShare = result.GetValue(longShare),
            LearningRate = result.GetValue(learningRate),
            MatrixLearningRate = result.GetValue(matrixRate),
            MaskRatio = result.GetValue(maskRatio),
            TimeLimit = Minutes.Read(result, minutes),
            Seed = result.GetValue(seed),
            Device = device.Read(result),
            Precision = result.GetValue(float32) ? ComputePrecision.Float32 : ComputePrecision.BFloat16,
        }).Run(cancellation), cancellation));
        return command;
    }
}
