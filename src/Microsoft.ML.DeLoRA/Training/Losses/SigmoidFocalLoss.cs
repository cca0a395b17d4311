using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Losses;

/// <summary>
/// -(1 - p)^gamma log p for each label, where p is the sigmoid's probability of what is right (Lin et al. 2017, equation 4); the mean over
/// rows and labels, weighted as in <see cref="SigmoidLoss"/>; gamma 0 is that loss.
/// </summary>
internal sealed class SigmoidFocalLoss(float[]? weights, double gamma) : TrainingLoss
{
    public override Tensor Mean(Tensor outputs, TrainingData data, ReadOnlySpan<int> rows)
    {
        Tensor targets = data.TargetTensor(rows, outputs.device);
        Tensor logarithm = nn.functional.logsigmoid(outputs * targets.Times(2).Minus(1));
        Tensor losses = -logarithm * FocalLoss.Missing(logarithm).Power(gamma);
        if (weights is not null)
            losses = losses * (targets * tensor(weights, device: outputs.device).Minus(1)).Plus(1);
        return losses.mean();
    }
}
