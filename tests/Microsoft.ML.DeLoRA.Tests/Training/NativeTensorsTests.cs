using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Pretraining;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>
/// What is done once a step leaves no tensor behind: an operator that gives a new wrapper where it looks as if it gave its own is such a
/// leak, and no finaliser counts here.
/// </summary>
[Collection(LiveTensors.Name)]
public class NativeTensorsTests
{
    [Fact]
    public void Optimiser_steps_leave_none()
    {
        using var weight = new ModelParameter("w", randn(3, 4), trainable: true);
        using var bias = new ModelParameter("b", randn(3), ParameterKind.Bias, trainable: true);
        using var optimizer = new AdamW([new ParameterGroup([weight], 1e-3, 0.01), new ParameterGroup([bias], 1e-3, 0)]);
        LeavesNone(() =>
        {
            optimizer.ZeroGradients();
            optimizer.GradientNorm();
            optimizer.ClipGradients(1);
            optimizer.Step(1);
            Assert.Null(optimizer.NotFinite());
        });
    }

    [Fact]
    public void Steps_of_orthogonal_momentum_leave_none()
    {
        using ModelParameter square = new("s", randn(3, 3), trainable: true), wide = new("w", randn(2, 5), trainable: true);
        square.Value.grad = randn(3, 3).DetachFromDisposeScope();
        wide.Value.grad = randn(2, 5).DetachFromDisposeScope();
        using var optimizer = new OrthogonalMomentum([square, wide]);
        LeavesNone(() => optimizer.Step(1e-3, 0.1));
    }

    [Fact]
    public void Sums_of_losses_leave_none()
    {
        using var sums = new LossSums(CPU);
        using Tensor loss = tensor(1.5f);
        LeavesNone(() =>
        {
            sums.Add(loss, loss);
            Assert.Equal((1.5, 1.5), sums.Read());
            sums.Clear();
        });
    }

    [Fact]
    public void Random_weights_leave_what_they_give()
    {
        using var weights = new RandomWeights(TinyModel.Configuration, 1);
        LeavesNone(() =>
        {
            foreach (string name in (string[])["embeddings.word_embeddings.weight", "x.weight", "x.bias", "LayerNorm.weight"])
                weights.Get(name, name.Contains('.') && name.EndsWith("bias", StringComparison.Ordinal) ? [4] : [50, 4]).Dispose();
        });
    }

    [Fact]
    public void Whole_steps_checks_of_tokens_and_of_numbers_leave_none()
    {
        using var setup = new TrainingSetup(dropout: 0.1);
        TrainingData data = Tasks.Classes(8);
        using var optimizer = new AdamW(ParameterGroup.Create(setup.Adapters.Parameters, setup.Model.Head.Parameters, new()));
        using var dropout = new SeededDropout(1, setup.Model.Encoder.Device);
        var step = new GradientStep(setup.Model, optimizer,
            Microsoft.ML.DeLoRA.Training.Losses.TrainingLoss.Create(new(), data), dropout, maxGradientNorm: 1);
        LeavesNone(() =>
        {
            Assert.True(step.Run(data, [[0, 1, 2], [3, 4]], 0, 1, default).IsUpdate);
            Assert.Equal(8, Evaluator.Predict(setup.Model, data).Count);
        });
    }

    private static void LeavesNone(Action work)
    {
        work();
        long before = LiveTensors.Settled();
        for (int i = 0; i < 25; i++)
            work();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
