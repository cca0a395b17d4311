namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>A task's DeLoRA hyperparameters in the paper (table 9): RoBERTa-base, rank 8 on query and value.</summary>
/// <param name="Lambda">Initial strength.</param>
/// <param name="LearningRate">Peak learning rate of A, B and the head.</param>
/// <param name="LambdaLearningRate">Peak learning rate of the strengths.</param>
/// <param name="BatchSize">Rows of a step.</param>
/// <param name="Epochs">Passes over the training rows.</param>
/// <param name="Dropout">Dropout on the adapters' input.</param>
public sealed record GluePreset(double Lambda, double LearningRate, double LambdaLearningRate, int BatchSize, int Epochs, double Dropout);
