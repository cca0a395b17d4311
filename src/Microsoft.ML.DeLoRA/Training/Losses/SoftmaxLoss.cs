using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Losses;

/// <summary>
/// Cross-entropy of softmax with one class a row, as PyTorch's CrossEntropyLoss: class weights, and label smoothing (Szegedy et al. 2016,
/// section 7), which gives each class smoothing / classes of the target's mass.
/// </summary>
internal sealed class SoftmaxLoss(float[]? weights, double smoothing) : TrainingLoss
{
    public override Tensor Mean(Tensor outputs, TrainingData data, ReadOnlySpan<int> rows)
    {
        Tensor? weight = weights is null ? null : tensor(weights, device: outputs.device);
        return nn.functional.cross_entropy(outputs, data.ClassTensor(rows, outputs.device), weight, label_smoothing: smoothing);
    }

    public override double Weight(TrainingData data, ReadOnlySpan<int> rows) => ClassWeight(weights, data, rows);
}
