using System.Diagnostics;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Losses;
using TorchSharp;

namespace Benchmarks;

/// <summary>
/// The same training loop on the same batches, packed and padded, step by step in turn: losses must agree, the ratio of times counts.
/// </summary>
internal static class PackingBenchmark
{
    private const int BatchSize = 32;
    private const int Steps = 150;
    private const int WarmupSteps = 10;

    public static int Run(string file)
    {
        string[][] rows = [.. File.ReadLines(file).Select(l => l.Split('\t'))];
        using BaseModel source = BaseModel.Open();
        TokenizedDataset texts = TokenizedDataset.Create(source.Tokenizer, [.. rows.Select(r => r[3])], null, 128, null, default);
        int[] labels = [.. rows.Select(r => int.Parse(r[1]))];

        using Loop packed = new(source, TrainingData.Classification(texts, labels, 2), padded: false);
        using Loop padded = new(source, TrainingData.Classification(texts, labels, 2), padded: true);
        var planner = new BatchPlanner(texts.Count, BatchSize, 1, seed: 1);
        double largestDifference = 0;
        int step = 0;
        foreach (int[][] batches in planner.Epoch(1).Take(WarmupSteps + Steps))
        {
            bool counted = step++ >= WarmupSteps;
            // From the same parameters, or rounding differences would grow from step to step; in turn, so that a slow moment of the machine
            // meets both.
            padded.TakeParametersOf(packed);
            double difference = Math.Abs(packed.Step(batches, counted) - padded.Step(batches, counted));
            largestDifference = Math.Max(largestDifference, difference);
        }

        double ratio = padded.Seconds / packed.Seconds;
        Console.WriteLine($"largest difference of a loss over {step} steps: {largestDifference:E2}");
        Console.WriteLine($"rows/s packed {Steps * BatchSize / packed.Seconds:F0}, padded "
            + $"{Steps * BatchSize / padded.Seconds:F0}, ratio {ratio:F2}");
        ResultFile.Write("packing", "dotnet artifacts/bin/Benchmarks/release/Benchmarks.dll packing CoLA/train.tsv", new
        {
            task = "CoLA, batch 32, roberta-nano, DeLoRA rank 8 on query and value, no dropout",
            steps = Steps,
            mean_tokens = (double)texts.TokenCount / texts.Count,
            largest_loss_difference = largestDifference,
            rows_per_second_packed = Steps * BatchSize / packed.Seconds,
            rows_per_second_padded = Steps * BatchSize / padded.Seconds,
            ratio,
        });
        return 0;
    }

    private sealed class Loop : IDisposable
    {
        private readonly SequenceClassifier _model;
        private readonly AdapterSet _adapters;
        private readonly AdamW _optimizer;
        private readonly GradientStep _step;
        private readonly TrainingData _data;
        private readonly Stopwatch _clock = new();

        public Loop(BaseModel source, TrainingData data, bool padded)
        {
            _data = padded ? data.Padded() : data;
            using var weights = new RandomWeights(source.Configuration, 1);
            _model = new SequenceClassifier(source.CreateEncoder(), new ClassificationHead(source.Configuration, 2, weights));
            _adapters = AdapterSet.Attach(_model.Encoder, new DeLoRAMethod(), 1);
            var options = new TrainingOptions { LearningRate = 1e-3 };
            _optimizer = new AdamW(ParameterGroup.Create(_adapters.Parameters, _model.Head.Parameters, options));
            _step = new GradientStep(_model, _optimizer, TrainingLoss.Create(options, _data), dropout: null, maxGradientNorm: null);
        }

        public double Seconds => _clock.Elapsed.TotalSeconds;

        public double Step(int[][] batches, bool counted)
        {
            if (counted)
                _clock.Start();
            double loss = _step.Run(_data, batches, 0, 1, default).Loss;
            _clock.Stop();
            return loss;
        }

        public void TakeParametersOf(Loop other)
        {
            IReadOnlyList<torch.Tensor> values = other._optimizer.CopyValues();
            _optimizer.RestoreValues(values);
            foreach (torch.Tensor value in values)
                value.Dispose();
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _adapters.Dispose();
            _model.Dispose();
        }
    }
}
