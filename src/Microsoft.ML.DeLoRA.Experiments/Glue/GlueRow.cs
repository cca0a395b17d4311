namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>A row of a GLUE task.</summary>
/// <param name="First">The text, or the first of two.</param>
/// <param name="Second">The second text; null for single texts.</param>
/// <param name="Label">The number of the class, or the score.</param>
public readonly record struct GlueRow(string First, string? Second, float Label);
