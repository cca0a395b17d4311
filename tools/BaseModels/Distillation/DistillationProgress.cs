namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>How far a run is.</summary>
/// <param name="Sentences">Sentences of the order that have been taken.</param>
/// <param name="Tokens">The student's tokens so far, special ones included.</param>
/// <param name="Elapsed">Time of training so far, over all its parts.</param>
internal readonly record struct DistillationProgress(long Sentences, long Tokens, TimeSpan Elapsed);
