namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>One step's rows with some tokens hidden, and what stood there.</summary>
/// <param name="Rows">Token ids with masks in place.</param>
/// <param name="Positions">Indices of the tokens to predict, counted through all rows.</param>
/// <param name="Targets">The tokens that stood there.</param>
internal sealed record MaskedRows(IReadOnlyList<ReadOnlyMemory<int>> Rows, long[] Positions, long[] Targets);
