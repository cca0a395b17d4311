using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>What the tests that hold for every adapter method share.</summary>
internal static class AdapterContract
{
    public static AdapterSet Attach(SequenceClassifier model, string name, long seed = 3)
        => AdapterSet.Attach(model.Encoder, AdapterMethodTable.Get(name), seed);

    // As training would leave it: every trained value a little elsewhere.
    public static void Disturb(AdapterSet adapters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(17);
        foreach (ModelParameter parameter in adapters.Parameters)
            parameter.Value.AddInPlace(empty(parameter.Value.shape).normal_(0, 0.2, generator).to(parameter.Value.device));
    }

    public static float[][] EncoderWeights(SequenceClassifier model) => [.. model.Encoder.Parameters.Select(p => p.Value.ToArray())];
}
