using Microsoft.ML.DeLoRA.Encoders;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>Moves whole models between devices.</summary>
internal static class DevicePlacement
{
    /// <summary>Moves encoder and head; do it before adapters are put on.</summary>
    public static void MoveTo(this SequenceClassifier classifier, Device device)
    {
        if (device.type == DeviceType.CPU)
            return;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        classifier.Encoder.MoveTo(device);
        foreach (ModelParameter parameter in classifier.Head.Parameters)
            parameter.Replace(parameter.Value.to(device));
    }
}
