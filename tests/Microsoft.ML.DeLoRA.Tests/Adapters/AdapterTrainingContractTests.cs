using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Training;
using Microsoft.ML.DeLoRA.Training;
using static Microsoft.ML.DeLoRA.Tests.Adapters.AdapterContract;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>What holds for the training of every adapter method.</summary>
public class AdapterTrainingContractTests
{
    public static TheoryData<string> Methods => AdapterMethodTable.Names;

    public static TheoryData<string> MethodsWithTrueGradient
        => [.. AdapterMethodTable.AllNames.Except(AdapterMethodTable.WithApproximateGradient)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Gradients_reach_every_trained_parameter_and_no_other(string name)
    {
        using var scope = NewDisposeScope();
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        Disturb(adapters);
        using PackedBatch batch = TinyModel.Batch();
        model.Forward(batch).Squared().sum().backward();
        Assert.All(adapters.Parameters, p => Assert.True(p.Value.grad is not null, p.Name));
        Assert.All(model.Encoder.Parameters.Except(adapters.Parameters), p => Assert.Null(p.Value.grad));
        Assert.All(adapters.Adapters.SelectMany(a => a.Buffers), p => Assert.Null(p.Value.grad));
    }

    [Theory]
    [MemberData(nameof(MethodsWithTrueGradient))]
    public void Gradients_equal_finite_differences_in_double_precision(string name)
    {
        using var scope = NewDisposeScope();
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        Disturb(adapters);
        foreach (ModelParameter parameter in model.Encoder.Parameters.Concat(model.Head.Parameters)
            .Concat(adapters.Adapters.SelectMany(a => a.AllTensors)).Concat(adapters.SharedBuffers))
        {
            if (parameter.Value.dtype == ScalarType.Float32)
                parameter.Replace(parameter.Value.detach().to_type(float64));
        }
        model.Encoder.WeightsChanged();
        using PackedBatch batch = TinyModel.Batch();
        Tensor Loss() => model.Forward(batch).Squared().sum();
        Loss().backward();
        using IDisposable noGrad = no_grad();
        const double step = 1e-5;
        foreach (ModelParameter parameter in adapters.Parameters)
        {
            Tensor flat = parameter.Value.view(-1);
            foreach (long element in new[] { 0, flat.shape[0] / 2, flat.shape[0] - 1 }.Distinct())
            {
                Tensor one = flat.narrow(0, element, 1);
                double above = Shifted(step);
                double below = Shifted(-2 * step);
                one.AddInPlace(step);
                double expected = (above - below) / (2 * step);
                double gradient = parameter.Value.grad!.view(-1).narrow(0, element, 1).Number();
                // The quotient itself is good to some 1e-9 of the loss, which is about 10.
                Assert.True(Math.Abs(expected - gradient) <= 1e-6 * Math.Max(1, Math.Abs(expected)),
                    $"{parameter.Name}[{element}]: {gradient}, by differences {expected}");

                double Shifted(double by)
                {
                    one.AddInPlace(by);
                    return Loss().Number();
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Training_changes_the_declared_parameters_and_no_others(string name)
    {
        using var scope = NewDisposeScope();
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        ModelParameter[] trained = [.. adapters.Parameters];
        ModelParameter[] frozen = [.. model.Encoder.Parameters.Except(trained),
            .. adapters.Adapters.SelectMany(a => a.AllTensors).Except(trained), .. adapters.SharedBuffers];
        Tensor[] before = [.. frozen.Select(p => p.Value.clone())];
        float[][] start = [.. trained.Select(p => p.Value.ToArray())];
        TrainingData rows = TrainingData.Classification(Texts.Of(TinyModel.Rows(12)), [.. Enumerable.Range(0, 12).Select(r => r % 3)], 3);
        new Trainer(model, adapters, new TrainingOptions { Epochs = 3, BatchSize = 4, LearningRate = 1e-2 }).Train(rows);
        Assert.All(frozen.Zip(before), p => Assert.True(p.First.Value.eq(p.Second).all().item<bool>(), p.First.Name));
        Assert.All(trained.Zip(start),
            p => Assert.False(p.First.Value.ToArray().SequenceEqual(p.Second) && !IsUnused(p.First), p.First.Name));
    }

    // Rows of the embedding tables that no text here uses stay; and attention does not depend on the keys' bias.
    private static bool IsUnused(ModelParameter parameter) => parameter.Name.EndsWith("key.bias", StringComparison.Ordinal);
}
