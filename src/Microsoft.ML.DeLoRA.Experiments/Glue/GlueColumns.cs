namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>The names of the columns, or JSON fields, that a task reads.</summary>
/// <param name="First">The text, or the first of two.</param>
/// <param name="Second">The second text; null for single texts.</param>
/// <param name="Label">The class or score.</param>
public sealed record GlueColumns(string First, string? Second, string Label);
