namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>What the log says about texts that were too long.</summary>
internal static class TruncationMessage
{
    public static string Of(long rows, int maxLength)
        => $"{rows:N0} rows are longer than the maximum length of {maxLength} tokens and lost their ends; "
            + $"{nameof(DeLoRATextOptions.MaxLength)} sets that length.";
}
