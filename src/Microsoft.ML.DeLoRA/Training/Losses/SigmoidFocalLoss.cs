using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Losses;

/// <summary>
/// -(1 - p)^gamma log p for each label, where p is the sigmoid's probability of what is right (Lin et al. 2017, equation 4); the mean over rows
/// and labels, weighted as in <see cref="SigmoidLoss"/>; gamma 0 is that loss.
/// </summary>
internal sealed class SigmoidFocalLoss(float[]? weights, double gamma) : TrainingLoss
{
    public override Tensor Mean(Tensor outputs, TrainingData data, ReadOnlySpan<int> rows)
    {
        Tensor targets = data.TargetTensor(rows, outputs.device);
        Tensor logarithm = -nn.functional.softplus(outputs * (1 - 2 * targets));
        Tensor losses = -logarithm * FocalLoss.Missing(logarithm).pow(gamma);
        if (weights is not null)
            losses = losses * (targets * (tensor(weights, device: outputs.device) - 1) + 1);
        return losses.mean();
    }
}
