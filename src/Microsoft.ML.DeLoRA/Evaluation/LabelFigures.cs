namespace Microsoft.ML.DeLoRA;

/// <summary>
/// How well one label of several is predicted. A ratio without a case, such as the precision of a label never predicted, is 0.
/// </summary>
/// <param name="Label">Its name.</param>
/// <param name="Precision">The share of the rows where it was predicted that have it.</param>
/// <param name="Recall">The share of the rows that have it where it was predicted.</param>
/// <param name="F1">The harmonic mean of both.</param>
/// <param name="Support">Rows that have it.</param>
public sealed record LabelFigures(string Label, double Precision, double Recall, double F1, long Support);
