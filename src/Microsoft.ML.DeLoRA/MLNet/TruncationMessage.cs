namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>What the log says about texts that were too long.</summary>
internal static class TruncationMessage
{
    /// <param name="rows">How many were.</param>
    /// <param name="maxLength">The most tokens.</param>
    /// <param name="purpose">What kind of rows, such as "training"; null: any.</param>
    public static string Of(long rows, int maxLength, string? purpose = null)
        => $"{rows:N0} {(purpose is null ? "" : purpose + " ")}rows are longer than the maximum length of {maxLength} tokens and lost their ends; "
            + $"{nameof(DeLoRATextOptions.MaxLength)}, an option of training, sets that length.";
}
