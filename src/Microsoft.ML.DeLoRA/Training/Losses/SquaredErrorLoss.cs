using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Losses;

/// <summary>The mean of the squared differences of output and target: regression.</summary>
internal sealed class SquaredErrorLoss : TrainingLoss
{
    public override Tensor Mean(Tensor outputs, TrainingData data, ReadOnlySpan<int> rows)
        => nn.functional.mse_loss(outputs.reshape(-1), data.TargetTensor(rows, outputs.device).reshape(-1));
}
