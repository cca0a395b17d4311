using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Serving;

/// <summary>A text model on the tiny base whose adapters and head hold random numbers, as if it had been trained.</summary>
internal static class TinyTextModel
{
    public static TextModelDescription Description { get; } = new()
    {
        Kind = TextModelKind.Classification,
        OutputCount = 3,
        TakesPairs = false,
        MaxLength = 32,
        Labels = ["a", "b", "c"],
    };

    public static TextModel Create(TextModelDescription? description = null, AdapterMethod? method = null, long seed = 5)
    {
        description ??= Description;
        using var model = TrainableModel.Create(TinyBase.Directory, method, description.OutputCount, seed, TestDevice.Current);
        using var generator = new Generator(11, CPU);
        foreach (ModelParameter parameter in model.Adapters?.Parameters ?? [])
            Disturb(parameter, generator);
        return new TextModel(model.Finish(description));
    }

    // A FrozenCopy adapter changes nothing until A and B move; others, until two of their matrices move apart.
    private static void Disturb(ModelParameter parameter, Generator generator)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        parameter.CopyFrom(parameter.Value.Plus(empty(parameter.Value.shape).uniform_(-0.3, 0.3, generator).to(parameter.Value.device)));
    }
}
