using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>A RoBERTa of a few thousand random weights.</summary>
internal static class TinyModel
{
    /// <summary>Deviates enough from zero that attention is not uniform.</summary>
    public static EncoderConfiguration Configuration { get; } = new()
    {
        VocabularySize = 50,
        HiddenSize = 16,
        LayerCount = 2,
        HeadCount = 2,
        IntermediateSize = 24,
        PositionCount = 34,
        HiddenDropout = 0,
        AttentionDropout = 0,
        InitializerRange = 0.3,
    };

    public static SequenceClassifier Create(int outputs = 3, long seed = 1, double dropout = 0)
    {
        EncoderConfiguration configuration = Configuration with { HiddenDropout = dropout, AttentionDropout = dropout };
        using var weights = new RandomWeights(configuration, seed);
        var model =
            new SequenceClassifier(new PackedEncoder(configuration, weights), new ClassificationHead(configuration, outputs, weights));
        model.MoveTo(TestDevice.Current);
        return model;
    }

    /// <summary>Sequences of different lengths, from 3 tokens up.</summary>
    public static int[][] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count)
            .Select(_ => (int[])[0, .. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(3, 50)), 2])];
    }

    public static PackedBatch Batch(int count = 7, int seed = 1)
        => PackedBatch.Create([.. Rows(count, seed).Select(r => (ReadOnlyMemory<int>)r)], device: TestDevice.Current);

    /// <summary>The logits without dropout.</summary>
    public static float[] Logits(SequenceClassifier model, int seed = 1)
    {
        using IDisposable noGrad = TorchSharp.torch.no_grad();
        using PackedBatch batch = Batch(seed: seed);
        using TorchSharp.torch.Tensor logits = model.Forward(batch);
        return logits.ToArray();
    }
}
