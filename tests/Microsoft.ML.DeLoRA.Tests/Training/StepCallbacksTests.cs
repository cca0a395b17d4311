using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Losses;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>What a method may do in each step beside the gradient's update.</summary>
public class StepCallbacksTests
{
    [Fact]
    public void Gradients_and_elements_that_a_method_sets_are_those_of_the_optimiser()
    {
        using SequenceClassifier model = TinyModel.Create();
        var calls = new List<string>();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new Scales { TargetModules = ["query"], Calls = calls });
        ModelParameter scale = adapters.Parameters.First();
        float[] before = scale.Value.ToArray();
        TrainingData data = Tasks.Classes(8);
        using (var optimizer =
            new AdamW(ParameterGroup.Create(adapters.Parameters, [], new TrainingOptions { LearningRate = 0.1, WeightDecay = 0 })))
        {
            using StepCallbacks callbacks = adapters.Method.CreateCallbacks(adapters, totalSteps: 3)!;
            var step = new GradientStep(model, optimizer, TrainingLoss.Create(new TrainingOptions(), data), callbacks: callbacks);
            for (int s = 0; s < 3; s++)
                step.Run(data, [[0, 1, 2, 3], [4, 5, 6, 7]], s, 1, default);

            Assert.Equal(["backward 0", "update 0", "backward 1", "update 1", "backward 2", "update 2"], calls);
            float[] values = scale.Value.ToArray();
            // Its gradient was taken away: it never moved. The next one was set after each update. All others trained.
            Assert.Equal(before[0], values[0]);
            Assert.Equal(0, values[1]);
            Assert.All(values[2..], (v, i) => Assert.NotEqual(before[i + 2], v));
            using var scope = NewDisposeScope();
            Assert.Equal(values, optimizer.Values().Single(v => v.Name == scale.Name).View.ToArray());
        }
        Assert.Equal(0, scale.Value.ToArray()[1]);
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(2, 4)]
    public void A_penalty_is_part_of_the_loss_once_a_step_however_many_batches_it_has(int batchSize, int accumulation)
    {
        double Loss(double penalty)
        {
            using SequenceClassifier model = TinyModel.Create();
            using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new Scales { TargetModules = ["query"], PenaltyWeight = penalty });
            var losses = new List<double>();
            var options = new TrainingOptions
            {
                Epochs = 1, BatchSize = batchSize, GradientAccumulationSteps = accumulation, LearningRate = 0, HeadLearningRate = 0,
            };
            TrainingResult result = new Trainer(model, adapters, options)
                .Train(Tasks.Classes(8), progress: new ProgressCollector(p => losses.Add(p.Loss)));
            Assert.Equal(losses[0], result.Epochs[0].TrainingLoss, 1e-9);
            return losses[0];
        }
        // 16 scales of 1 in each of two layers: the sum of squares is 32.
        Assert.Equal(0.25 * 32, Loss(0.25) - Loss(0), 1e-5);
    }

    [Fact]
    public void A_step_whose_gradient_is_not_finite_has_no_update_and_no_call_after_it()
    {
        using SequenceClassifier model = TinyModel.Create();
        var calls = new List<string>();
        using AdapterSet adapters =
            AdapterSet.Attach(model.Encoder, new Scales { TargetModules = ["query"], Calls = calls, PenaltyWeight = 1e37 });
        TrainingData data = Tasks.Classes(8);
        using var optimizer = new AdamW(ParameterGroup.Create(adapters.Parameters, [], new TrainingOptions()));
        using StepCallbacks callbacks = adapters.Method.CreateCallbacks(adapters, totalSteps: 1)!;
        var step = new GradientStep(model, optimizer, TrainingLoss.Create(new TrainingOptions(), data), callbacks: callbacks);
        Assert.False(step.Run(data, [[0, 1, 2, 3]], 0, 1, default).IsUpdate);
        Assert.Equal(["backward 0"], calls);
    }

    /// <summary>A factor for each output.</summary>
    private sealed record Scales : LinearAdapterMethod
    {
        public override string Name => "scales";

        public double PenaltyWeight { get; init; }

        public List<string> Calls { get; init; } = [];

        protected internal override void Check(AdaptableLinear layer)
        {
        }

        protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator) => new Adapter(layer);

        protected internal override StepCallbacks CreateCallbacks(AdapterSet adapters, int totalSteps) => new Callbacks(this, adapters);

        private sealed class Adapter : LinearAdapter
        {
            private readonly ModelParameter _scale;

            public Adapter(AdaptableLinear layer)
                : base(layer) => _scale = Parameter("scale", ones(layer.OutputSize));

            public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context) => baseOutput * _scale.Value;

            protected override Tensor Merge(Tensor weight) => weight * _scale.Value.unsqueeze(1);
        }

        private sealed class Callbacks(Scales method, AdapterSet adapters) : StepCallbacks
        {
            public override Tensor? Penalty() => method.PenaltyWeight == 0 ? null
                : adapters.Parameters.Select(p => p.Value.Squared().sum()).Aggregate((a, b) => a.Plus(b)).Times(method.PenaltyWeight);

            public override void AfterBackward(int step)
            {
                method.Calls.Add($"backward {step}");
                foreach (ModelParameter parameter in adapters.Parameters)
                    parameter.Value.grad!.narrow(0, 0, 1).MultiplyInPlace(0);
            }

            public override void AfterUpdate(int step)
            {
                method.Calls.Add($"update {step}");
                foreach (ModelParameter parameter in adapters.Parameters)
                    parameter.Value.narrow(0, 1, 1).MultiplyInPlace(0);
            }
        }
    }
}
