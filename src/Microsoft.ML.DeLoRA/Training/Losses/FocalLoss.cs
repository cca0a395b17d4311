using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Losses;

/// <summary>
/// -(1 - p)^gamma log p, where p is softmax's probability of the row's class: rows that the model has already learnt count less (Lin et al.
/// 2017, equation 4, for several classes). The mean is weighted as in <see cref="SoftmaxLoss"/>; gamma 0 is that loss.
/// </summary>
internal sealed class FocalLoss(float[]? weights, double gamma) : TrainingLoss
{
    public override Tensor Mean(Tensor outputs, TrainingData data, ReadOnlySpan<int> rows)
    {
        Tensor classes = data.ClassTensor(rows, outputs.device);
        Tensor logarithm = outputs.log_softmax(1).gather(1, classes.unsqueeze(1)).squeeze(1);
        Tensor losses = -logarithm * Missing(logarithm).Power(gamma);
        if (weights is null)
            return losses.mean();
        Tensor weight = tensor(weights, device: outputs.device).index_select(0, classes);
        return (losses * weight).sum() / weight.sum();
    }

    public override double Weight(TrainingData data, ReadOnlySpan<int> rows) => ClassWeight(weights, data, rows);

    /// <summary>1 - p out of log p; kept off 0, where a power below 1 has no gradient.</summary>
    internal static Tensor Missing(Tensor logarithm) => (-logarithm.expm1()).AtLeast(1e-7);
}
