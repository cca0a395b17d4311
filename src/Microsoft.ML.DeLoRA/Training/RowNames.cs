namespace Microsoft.ML.DeLoRA.Training;

/// <summary>What rows are called in messages, when their own numbers say nothing to the user: some were left out, or read before.</summary>
/// <param name="Numbers">Each row's number, from 0, in the user's data.</param>
/// <param name="Purpose">What that data is for, such as <c>training</c>; null: it is not said.</param>
internal sealed record RowNames(IReadOnlyList<int> Numbers, string? Purpose = null)
{
    /// <summary>A row's number in the user's data.</summary>
    public int NumberOf(int row) => Numbers[row];

    /// <summary>A row's name, such as <c>row 7 of the training data</c>.</summary>
    public string NameOf(int row) => Purpose is null ? $"row {Numbers[row]}" : $"row {Numbers[row]} of the {Purpose} data";
}
