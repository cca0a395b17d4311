using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Losses;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training.Losses;

/// <summary>The losses against their definitions, computed in float64 from the logits.</summary>
public class TrainingLossTests
{
    private const int Rows = 23;
    private static readonly double[] _weights = [0.5, 2, 1.25];
    private static readonly TrainingData _classes = Tasks.Classes(Rows);
    private static readonly TrainingData _labels = Tasks.Labels(Rows);

    public static TheoryData<string, TrainingOptions, bool> Options() => new()
    {
        { "plain", new(), false },
        { "weights", new() { ClassWeights = ClassWeights.Of(_weights) }, false },
        { "balanced", new() { ClassWeights = ClassWeights.Balanced }, false },
        { "smoothing", new() { LabelSmoothing = 0.1 }, false },
        { "weights and smoothing", new() { ClassWeights = ClassWeights.Of(_weights), LabelSmoothing = 0.2 }, false },
        { "focal", new() { FocalGamma = 2 }, false },
        { "focal with weights", new() { FocalGamma = 0.5, ClassWeights = ClassWeights.Of(_weights) }, false },
        { "focal with gamma 0", new() { FocalGamma = 0 }, false },
        { "labels", new(), true },
        { "labels, weights", new() { ClassWeights = ClassWeights.Of(_weights) }, true },
        { "labels, balanced", new() { ClassWeights = ClassWeights.Balanced }, true },
        { "labels, smoothing", new() { LabelSmoothing = 0.1 }, true },
        { "labels, focal", new() { FocalGamma = 2, ClassWeights = ClassWeights.Of(_weights) }, true },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void A_loss_is_its_definition(string name, TrainingOptions options, bool multiLabel)
    {
        TrainingData data = multiLabel ? _labels : _classes;
        int[] rows = [.. Enumerable.Range(0, Rows)];
        (float loss, _) = LossAndGradient(TrainingLoss.Create(options, data), data, [rows]);
        // Sums of 23 float32 terms of about 1.
        Assert.True(Math.Abs(Expected(options, data, rows) - loss) < 3e-6, $"{name}: {loss}");
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Parts_of_a_step_add_up_to_one_batch(string name, TrainingOptions options, bool multiLabel)
    {
        TrainingData data = multiLabel ? _labels : _classes;
        TrainingLoss loss = TrainingLoss.Create(options, data);
        int[] rows = [.. Enumerable.Range(0, Rows)];
        (float one, float[] gradient) = LossAndGradient(loss, data, [rows]);
        (float several, float[] summed) = LossAndGradient(loss, data, [rows[..9], rows[9..11], rows[11..]]);
        Assert.True(Math.Abs(one - several) < 1e-6, $"{name}: {one} and {several}");
        Assert.InRange(Differences.Largest(gradient, summed), 0, 1e-7);
    }

    [Fact]
    public void Balanced_weights_make_the_classes_count_the_same()
    {
        var data = TrainingData.Classification(Texts.Of(TinyModel.Rows(6)), [0, 0, 0, 0, 1, 1], 3);
        Assert.Equal([6f / (3 * 4), 6f / (3 * 2), 1], ClassWeights.Balanced.For(data));
        var labels = TrainingData.MultiLabel(Texts.Of(TinyModel.Rows(4)),
            [[true, false, true], [false, false, true], [false, false, true], [false, false, true]]);
        Assert.Equal([3, 1, 0.25f], ClassWeights.Balanced.For(labels));
    }

    [Fact]
    public void Focal_loss_of_a_certain_row_has_a_finite_gradient()
    {
        using Tensor outputs = tensor(new float[] { 200, 0, 0 }).reshape(1, 3);
        outputs.requires_grad = true;
        var data = TrainingData.Classification(Texts.Of(TinyModel.Rows(1)), [0], 3);
        using Tensor loss = new FocalLoss(null, 0.5).Mean(outputs, data, [0]);
        loss.backward();
        Assert.All(outputs.grad!.ToArray(), g => Assert.Equal(0, g, 1e-6));
    }

    [Fact]
    public void Options_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ClassWeights.Of(1, 0));
        Assert.Throws<ArgumentException>(() => ClassWeights.Of(1, double.NaN));
        Assert.Contains("2 class weights for 3 classes",
            Assert.Throws<ArgumentException>(() => TrainingLoss.Create(new() { ClassWeights = ClassWeights.Of(1, 2) }, _classes)).Message);
        Assert.Throws<ArgumentException>(() => TrainingLoss.Create(new() { LabelSmoothing = 0.1 }, Tasks.Values()));
        Assert.Throws<ArgumentException>("FocalGamma", new TrainingOptions { FocalGamma = 2, LabelSmoothing = 0.1 }.Validate);
        Assert.Throws<ArgumentException>("LabelSmoothing", new TrainingOptions { LabelSmoothing = 1 }.Validate);
    }

    [Fact]
    public void A_weighted_accumulated_run_equals_one_of_large_batches()
    {
        TrainingResult Run(TrainingSetup setup, int batchSize, int accumulation) => setup.Train(
            new()
            {
                Epochs = 3, BatchSize = batchSize, GradientAccumulationSteps = accumulation, ClassWeights = ClassWeights.Of(0.2, 3, 1),
                Seed = 5
            }, Tasks.Classes(22));
        using var large = new TrainingSetup();
        using var accumulated = new TrainingSetup();
        foreach ((EpochResult a, EpochResult b) in Run(large, 12, 1).Epochs.Zip(Run(accumulated, 4, 3).Epochs))
            Assert.Equal(a.TrainingLoss, b.TrainingLoss, 1e-5);
    }

    [Fact]
    public void Several_labels_a_row_are_learnt()
    {
        using var setup = new TrainingSetup();
        TrainingData validation = Tasks.Labels(30, seed: 2);
        TrainingResult result = setup.Train(new() { Epochs = 25, BatchSize = 8, LearningRate = 1e-2 }, Tasks.Labels(60), validation);
        Assert.Equal("micro F1", result.MetricName);
        Assert.InRange(result.Best.ValidationMetric!.Value, 0.75, 1);
        Predictions predictions = Evaluator.Predict(setup.Model, validation);
        Assert.Equal((30, 3), (predictions.Count, predictions.TargetCount));
        Assert.Equal(result.Best.ValidationMetric!.Value, new MicroF1().Compute(predictions));
        Assert.Equal(result.Best.ValidationLoss!.Value, new LabelCrossEntropy().Compute(predictions));
    }

    private static float[] Logits(ReadOnlySpan<int> rows)
    {
        var values = new float[rows.Length * 3];
        for (int i = 0; i < rows.Length; i++)
        {
            var random = new Random(rows[i]);
            for (int c = 0; c < 3; c++)
                values[3 * i + c] = (float)(4 * random.NextDouble() - 2);
        }
        return values;
    }

    /// <summary>The loss of a step in parts, and the gradient of each logit.</summary>
    private static (float Loss, float[] Gradient) LossAndGradient(TrainingLoss loss, TrainingData data, int[][] parts)
    {
        double total = parts.Sum(p => loss.Weight(data, p));
        float sum = 0;
        var gradients = new List<float>();
        foreach (int[] part in parts)
        {
            using var scope = NewDisposeScope();
            Tensor outputs = tensor(Logits(part)).reshape(part.Length, 3);
            outputs.requires_grad = true;
            Tensor own = loss.Mean(outputs, data, part).Times(loss.Weight(data, part) / total);
            own.backward();
            sum += own.item<float>();
            gradients.AddRange(outputs.grad!.ToArray());
        }
        return (sum, [.. gradients]);
    }

    private static double Expected(TrainingOptions options, TrainingData data, int[] rows)
    {
        float[] logits = Logits(rows);
        double[] weights = options.ClassWeights is { } w ? [.. w.For(data).Select(x => (double)x)] : [1, 1, 1];
        double smoothing = options.LabelSmoothing;
        (double sum, double divisor) = (0, 0);
        foreach (int row in rows)
        {
            double[] x = [.. Enumerable.Range(0, 3).Select(c => (double)logits[3 * row + c])];
            if (data.IsMultiLabel)
            {
                for (int label = 0; label < 3; label++)
                {
                    double p = 1 / (1 + Math.Exp(-x[label]));
                    double y = data.TargetsOf(row)[label] * (1 - smoothing) + smoothing / 2;
                    sum -= y * weights[label] * Math.Pow(1 - p, options.FocalGamma ?? 0) * Math.Log(p)
                        + (1 - y) * Math.Pow(p, options.FocalGamma ?? 0) * Math.Log(1 - p);
                    divisor++;
                }
                continue;
            }
            int target = (int)data.Targets[row];
            double[] logs = [.. x.Select(v => v - Math.Log(x.Sum(Math.Exp)))];
            double own = -weights[target] * Math.Pow(1 - Math.Exp(logs[target]), options.FocalGamma ?? 0) * logs[target];
            sum += (1 - smoothing) * own - smoothing / 3 * logs.Zip(weights).Sum(p => p.First * p.Second);
            divisor += weights[target];
        }
        return sum / divisor;
    }
}
