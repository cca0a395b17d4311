using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Losses;

/// <summary>
/// Cross-entropy of one sigmoid for each label, the mean over rows and labels, as PyTorch's BCEWithLogitsLoss: weights of the rows that
/// have a label (<c>pos_weight</c>), and label smoothing, which moves the targets from 0 and 1 by half of it.
/// </summary>
internal sealed class SigmoidLoss(float[]? weights, double smoothing) : TrainingLoss
{
    public override Tensor Mean(Tensor outputs, TrainingData data, ReadOnlySpan<int> rows)
    {
        Tensor targets = data.TargetTensor(rows, outputs.device);
        if (smoothing > 0)
            targets = targets.Times(1 - smoothing).Plus(smoothing / 2);
        Tensor? weight = weights is null ? null : tensor(weights, device: outputs.device);
        return nn.functional.binary_cross_entropy_with_logits(outputs, targets, pos_weights: weight);
    }
}
