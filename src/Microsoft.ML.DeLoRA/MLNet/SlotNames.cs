using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The names that a vector column gives its slots, which are those of the labels.</summary>
internal static class SlotNames
{
    /// <summary>The names of a column's slots; "0", "1", ... when it gives them none.</summary>
    /// <exception cref="ArgumentException">A name is empty, or two are equal.</exception>
    public static string[] Of(DataViewSchema.Column column)
    {
        if (!column.HasSlotNames())
            return [.. Enumerable.Range(0, ((VectorDataViewType)column.Type).Size).Select(i => $"{i}")];
        VBuffer<ReadOnlyMemory<char>> slots = default;
        column.GetSlotNames(ref slots);
        string[] names = [.. slots.DenseValues().Select(s => s.ToString())];
        const string option = nameof(DeLoRATextMultiLabelClassificationOptions.LabelNames);
        return LabelNames.FaultOf(names) is not { } fault
            ? names
            : throw new ArgumentException(
                $"The slot names of column '{column.Name}' cannot name the labels: {fault}. Set {option}.", option);
    }
}
