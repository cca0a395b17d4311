using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Benchmarks;

/// <summary>
/// Tokens per second of training steps (LoRA, full fine-tuning) and of prediction, on the batches that gpu/throughput.py wrote. Weights are
/// random: they do not matter to the speed.
/// </summary>
internal static class ThroughputBenchmark
{
    public static int Run(string workFile, string resultFile, string deviceName)
    {
        Device device = Devices.Parse(deviceName);
        ThroughputWork work = ThroughputWork.Read(workFile);
        var tokensPerSecond = new Dictionary<string, double>();
        foreach ((string lengths, int[][][] batches) in work.Batches)
        {
            foreach (ComputePrecision precision in new[] { ComputePrecision.Float32, ComputePrecision.BFloat16 })
            {
                string name = precision.ToString().ToLowerInvariant();
                foreach (string training in new[] { "lora", "full" })
                    Note($"train {training}, {lengths}, {name}", Training(work, batches, work.Method(training), precision, device));
                Note($"predict, {lengths}, {name}", Prediction(work, batches, precision, device));
            }
        }
        var result = new { environment = RunEnvironment.Current(device), libtorch = __version__, tokensPerSecond };
        File.WriteAllText(resultFile, JsonSerializer.Serialize(result));
        return 0;

        void Note(string what, double speed)
        {
            Console.WriteLine($"ours    {what}: {speed:N0} tokens/s");
            tokensPerSecond[what] = speed;
        }
    }

    private static double Training(ThroughputWork work, int[][][] batches, AdapterMethod method, ComputePrecision precision, Device device)
    {
        using SequenceClassifier model = Model(work, precision, device);
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, method, 1);
        (TokenizedDataset texts, int[][] rows) = ThroughputWork.Dataset(batches);
        TrainingData data = TrainingData.Classification(texts, [.. Enumerable.Range(0, texts.Count).Select(r => r % 2)], 2);
        var options = new TrainingOptions { LearningRate = 1e-5 };
        using var optimizer = new AdamW(ParameterGroup.Create(adapters.Parameters, model.Head.Parameters, options));
        using var dropout = new SeededDropout(1, device);
        var step = new GradientStep(model, optimizer, TrainingLoss.Create(options, data), dropout);
        return Measure(work, batches, device, batch => step.Run(data, [rows[batch]], 0, 1, default));
    }

    private static double Prediction(ThroughputWork work, int[][][] batches, ComputePrecision precision, Device device)
    {
        using IDisposable inference = inference_mode();
        using SequenceClassifier model = Model(work, precision, device);
        ReadOnlyMemory<int>[][] rows = [.. batches.Select(b => b.Select(r => (ReadOnlyMemory<int>)r).ToArray())];
        return Measure(work, batches, device, batch =>
        {
            using PackedBatch packed = PackedBatch.Create(rows[batch], device: device);
            using Tensor logits = model.Forward(packed);
            using Tensor here = logits.cpu();
        });
    }

    private static SequenceClassifier Model(ThroughputWork work, ComputePrecision precision, Device device)
    {
        using var weights = new RandomWeights(work.Configuration, 1);
        var model = new SequenceClassifier(
            new PackedEncoder(work.Configuration, weights), new ClassificationHead(work.Configuration, 2, weights));
        model.MoveTo(device);
        model.Encoder.Precision = precision;
        return model;
    }

    private static double Measure(ThroughputWork work, int[][][] batches, Device device, Action<int> compute)
    {
        var clock = new Stopwatch();
        for (int batch = 0; batch < batches.Length; batch++)
        {
            if (batch == work.Warmup)
            {
                Settle(device);
                clock.Start();
            }
            compute(batch);
        }
        Settle(device);
        return batches.Skip(work.Warmup).Sum(b => b.Sum(r => (double)r.Length)) / clock.Elapsed.TotalSeconds;
    }

    private static void Settle(Device device)
    {
        if (device.type != DeviceType.CPU)
            cuda.synchronize(device);
    }
}
