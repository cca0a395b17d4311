namespace Microsoft.ML.DeLoRA;

/// <summary>What a model says about some texts.</summary>
/// <param name="Values">
/// [rows, <paramref name="OutputCount"/>], row by row: probabilities that sum to 1; one value in regression; multi-label: a
/// probability for each label.
/// </param>
/// <param name="OutputCount">Scores of each row.</param>
/// <param name="TruncatedRows">How many rows were longer than the model's maximum length and lost their ends.</param>
public sealed record TextScores(ReadOnlyMemory<float> Values, int OutputCount, int TruncatedRows)
{
    /// <summary>The scores of one row.</summary>
    public ReadOnlyMemory<float> Row(int row) => Values.Slice(row * OutputCount, OutputCount);
}
