namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>How far a weight is from its pretrained value at one step of a training.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Distance">Frobenius norm of the change.</param>
public sealed record StepDistance(int Step, double Distance);
