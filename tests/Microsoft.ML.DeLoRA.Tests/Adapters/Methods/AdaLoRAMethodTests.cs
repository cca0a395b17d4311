using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Algebra;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Training;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Losses;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Methods;

/// <summary>AdaLoRA's choice of directions, step by step as PEFT made it; losses and weights are in TrainingGoldenTests.</summary>
public class AdaLoRAMethodTests
{
    public static TheoryData<string> Runs => [.. Repository.GoldenCases("methods").Where(c => c == "adalora")];

    /// <summary>So PEFT's files may say; the others go on.</summary>
    [Fact]
    public void A_layer_with_nothing_left_does_not_hinder_the_others()
    {
        using SequenceClassifier model = TinyModel.Create();
        var method = new AdaLoRAMethod
        {
            Rank = 3, TargetRank = 1,
            RankPattern = new Dictionary<string, int> { ["layer.1.attention.self.query"] = 0 }
        };
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, method);
        TrainingData rows = TrainingData.Classification(Texts.Of(TinyModel.Rows(12)), [.. Enumerable.Range(0, 12).Select(r => r % 3)], 3);
        new Trainer(model, adapters, new TrainingOptions { Epochs = 4, BatchSize = 4, LearningRate = 1e-2 }).Train(rows);
        using var scope = NewDisposeScope();
        Tensor[] e = [.. adapters.Parameters.Where(p => p.Name.EndsWith("lora_E", StringComparison.Ordinal)).Select(p => p.Value)];
        Assert.Equal([3L, 3, 0, 3], e.Select(t => t.numel()));
        Assert.Equal(4, e.Sum(t => t.nonzero().shape[0]));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Runs))]
    public void Budgets_ranks_and_importances_are_those_of_PEFT(string name)
    {
        using var run = new GoldenRun($"methods/{name}");
        JsonElement[] steps = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Golden, "methods", name, "run.json")))
            .RootElement.GetProperty("adalora_steps").EnumerateArray()];
        using var optimizer = new AdamW(ParameterGroup.Create(run.Adapters.Parameters, run.Model.Head.Parameters,
            new TrainingOptions { LearningRate = 1e-2 }));
        using var callbacks = (RankAllocation)run.Adapters.Method.CreateCallbacks(run.Adapters, run.StepCount)!;
        var step = new GradientStep(run.Model, optimizer, TrainingLoss.Create(new TrainingOptions(), run.Training), callbacks: callbacks);
        ModelParameter[] directions = [.. run.Adapters.Parameters.Where(p => p.Name.EndsWith(".lora_E", StringComparison.Ordinal))];
        float[] values = run.Expected.ReadFloat32("adalora_E");
        float[] sensitivity = run.Expected.ReadFloat32("adalora_E_ipt");
        float[] uncertainty = run.Expected.ReadFloat32("adalora_E_unc");
        float[] distances = run.Expected.ReadFloat32("adalora_orth_reg");
        int size = values.Length / run.StepCount;
        var schedule = new LinearSchedule();
        int lastAllocation = steps.Length - 8;
        for (int s = 0; s < steps.Length; s++)
        {
            using (Tensor penalty = callbacks.Penalty()!)
                Assert.Equal(distances[s], penalty.item<float>() / 0.5f, 1e-5f);
            step.Run(run.Training, run.Step(s), s, schedule.Factor(s, run.StepCount, run.WarmupRatio), default);

            Assert.Equal(steps[s].GetProperty("budget").GetInt32(), callbacks.BudgetAfter(s));
            Same(values, directions.Select(p => p.Value), 1e-4);
            if (s < lastAllocation)
            {
                // Products of numbers of about 1e-2 that are right to 1e-4 of them.
                Same(sensitivity, State(".lora_E.sensitivity"), 2e-6);
                Same(uncertainty, State(".lora_E.uncertainty"), 2e-6);
            }
            if (steps[s].GetProperty("mask_ind").GetBoolean())
                Assert.Equal(steps[s].GetProperty("ranks").EnumerateObject().Select(r => r.Value.GetInt32()),
                    directions.Select(p => p.Value.ToArray().Count(v => v != 0)));

            void Same(float[] expected, IEnumerable<Tensor> own, double tolerance)
                => Assert.InRange(Differences.Largest(expected.AsSpan(s * size, size).ToArray(), [.. own.SelectMany(t => t.ToArray())]), 0,
                    tolerance);
        }

        IEnumerable<Tensor> State(string end)
            => callbacks.State.Where(v => v.Name.EndsWith(end, StringComparison.Ordinal)).Select(v => v.Value);
    }

    [Fact]
    public void The_target_is_reached_and_the_rest_stays_off()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters =
            AdapterSet.Attach(model.Encoder, new AdaLoRAMethod { Rank = 4, TargetRank = 1, FinalSteps = 5 }, seed: 2);
        new Trainer(model, adapters, new TrainingOptions { Epochs = 3, BatchSize = 4, LearningRate = 1e-2 }).Train(Tasks.Classes(24));
        int[] left = [.. adapters.Parameters.Where(p => p.Name.EndsWith(".lora_E", StringComparison.Ordinal))
            .Select(p => p.Value.ToArray().Count(v => v != 0))];
        Assert.Equal(adapters.Adapters.Count, left.Sum());
    }

    [Fact]
    public void A_run_without_steps_in_which_to_choose_is_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters =
            AdapterSet.Attach(model.Encoder, new AdaLoRAMethod { Rank = 4, TargetRank = 1, InitialSteps = 10, FinalSteps = 8 });
        var trainer = new Trainer(model, adapters, new TrainingOptions { Epochs = 3, BatchSize = 4 });
        string message = Assert.Throws<ArgumentException>(() => trainer.Train(Tasks.Classes(24))).Message;
        Assert.Contains("InitialSteps is 10 and FinalSteps is 8, but the run has 18 steps", message);
        Assert.All(adapters.Parameters, p => Assert.Equal(p.Value.numel(), p.Value.ToArray().Length));
    }

    [Theory]
    [InlineData("TargetRank is 5; choose a rank from 1 to Rank, 4", 5)]
    [InlineData("Alpha is 0", 2, 0.0)]
    [InlineData("SensitivityDecay is 1", 2, 8.0, 1.0)]
    [InlineData("OrthogonalityWeight is -1", 2, 8.0, 0.85, -1.0)]
    [InlineData("AllocationInterval is 0", 2, 8.0, 0.85, 0.5, 0)]
    [InlineData("FinalSteps is -1", 2, 8.0, 0.85, 0.5, 1, -1)]
    public void Options_out_of_range_are_named(
        string named, int target, double alpha = 8, double beta = 0.85, double weight = 0.5, int interval = 1, int final = 3)
    {
        using SequenceClassifier model = TinyModel.Create();
        var method = new AdaLoRAMethod
        {
            Rank = 4, TargetRank = target, Alpha = alpha, SensitivityDecay = beta, OrthogonalityWeight = weight,
            AllocationInterval = interval, FinalSteps = final,
        };
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, method)).Message);
    }
}
