using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>How well a multi-label model does, by scikit-learn's definitions with zero_division=0.</summary>
/// <remarks>Immutable and thread-safe. <c>IDataView.CreateMultiLabelReport</c> makes one of a scored table.</remarks>
public sealed class MultiLabelReport
{
    internal MultiLabelReport(MultiLabelCounter counter, IReadOnlyList<string>? names)
    {
        if (counter.Rows == 0)
            throw new ArgumentException("There is no row to evaluate.");
        if (names is not null && names.Count != counter.Labels.Count)
            throw new ArgumentException($"There are {names.Count} names for {counter.Labels.Count} labels; "
                + "give each label one, or give none.", nameof(names));
        RowCount = counter.Rows;
        MicroF1 = counter.MicroF1;
        MacroF1 = counter.MacroF1;
        SubsetAccuracy = (double)counter.ExactRows / counter.Rows;
        HammingLoss = counter.Total.Errors / ((double)counter.Rows * counter.Labels.Count);
        Labels = [.. counter.Labels.Select((c, i) => new LabelFigures(names?[i] ?? $"{i}", c.Precision, c.Recall, c.F1, c.Support))];
    }

    /// <summary>Number of rows.</summary>
    public int RowCount { get; }

    /// <summary>F1 over all rows and labels together: 2 TP / (2 TP + FP + FN).</summary>
    public double MicroF1 { get; }

    /// <summary>The mean of the labels' F1; rare labels count as much as frequent ones.</summary>
    public double MacroF1 { get; }

    /// <summary>The share of rows with all labels right.</summary>
    public double SubsetAccuracy { get; }

    /// <summary>The share of wrong ones among all decisions, rows times labels; 0 is best.</summary>
    public double HammingLoss { get; }

    /// <summary>Each label by itself.</summary>
    public IReadOnlyList<LabelFigures> Labels { get; }

    /// <summary>The figures of all labels together, then a table of each by itself.</summary>
    public override string ToString()
    {
        int width = Math.Max("label".Length, Labels.Max(l => l.Label.Length));
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{RowCount} rows: micro F1 {MicroF1:F4}, macro F1 {MacroF1:F4}, subset accuracy {SubsetAccuracy:F4}, "
                + $"Hamming loss {HammingLoss:F4}");
        text.Append(CultureInfo.InvariantCulture, $"{"label".PadRight(width)}  {"precision",9}  {"recall",6}  {"F1",6}  {"support",7}");
        foreach (LabelFigures l in Labels)
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture,
                $"{l.Label.PadRight(width)}  {l.Precision,9:F4}  {l.Recall,6:F4}  {l.F1,6:F4}  {l.Support,7}");
        }
        return text.ToString();
    }

    /// <summary>Compares predicted labels with those that are right.</summary>
    /// <param name="labels">For each row one flag for each label: what is right.</param>
    /// <param name="predicted">The same: what was predicted.</param>
    /// <param name="names">The labels' names; null: "0", "1", ...</param>
    /// <exception cref="ArgumentException">No row, no label, or numbers of rows, labels or names that do not fit.</exception>
    public static MultiLabelReport Create(
        IReadOnlyList<IReadOnlyList<bool>> labels, IReadOnlyList<IReadOnlyList<bool>> predicted, IReadOnlyList<string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(predicted);
        if (labels.Count == 0 || labels[0].Count == 0)
            throw new ArgumentException("There is no row, or no label, to evaluate.", nameof(labels));
        if (predicted.Count != labels.Count)
            throw new ArgumentException($"There are {labels.Count} rows of labels and {predicted.Count} of predictions; "
                + "give each row both.", nameof(predicted));
        var counter = new MultiLabelCounter(labels[0].Count);
        foreach ((IReadOnlyList<bool> there, IReadOnlyList<bool> found) in labels.Zip(predicted))
            counter.Add(there, found);
        return new MultiLabelReport(counter, names);
    }

    /// <summary>
    /// Compares probabilities with the labels that are right: a label is predicted where its probability is above the threshold.
    /// </summary>
    /// <param name="labels">For each row one flag for each label: what is right.</param>
    /// <param name="probabilities">For each row one probability for each label.</param>
    /// <param name="threshold">The threshold.</param>
    /// <param name="names">The labels' names; null: "0", "1", ...</param>
    /// <exception cref="ArgumentException">No row, no label, or numbers of rows, labels or names that do not fit.</exception>
    /// <exception cref="NotFiniteNumberException">A probability is NaN or infinite; the message names its row.</exception>
    public static MultiLabelReport Create(
        IReadOnlyList<IReadOnlyList<bool>> labels, IReadOnlyList<IReadOnlyList<float>> probabilities, float threshold,
        IReadOnlyList<string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        for (int row = 0; row < probabilities.Count; row++)
            NotFiniteScoreException.Require([.. probabilities[row]], probabilities[row].Count, _ => $"row {row}");
        return Create(labels, [.. probabilities.Select(row => (bool[])[.. row.Select(p => p > threshold)])], names);
    }
}
