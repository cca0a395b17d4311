using System.Text.Json;
using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>How well a multi-label classifier does: as text, or as JSON.</summary>
internal static class LabelReport
{
    public static void Print(MultiLabelReport report, bool json)
    {
        if (json)
            Console.WriteLine(Json(report));
        else
            PrintText(report);
    }

    private static string Json(MultiLabelReport report) => JsonSerializer.Serialize(new
    {
        rows = report.RowCount,
        micro_f1 = report.MicroF1,
        macro_f1 = report.MacroF1,
        subset_accuracy = report.SubsetAccuracy,
        hamming_loss = report.HammingLoss,
        labels = report.Labels.Select(l => new
        {
            label = l.Label,
            precision = l.Precision,
            recall = l.Recall,
            f1 = l.F1,
            support = l.Support,
        }),
    });

    private static void PrintText(MultiLabelReport report)
    {
        Console.WriteLine($"{report.RowCount} rows");
        Console.WriteLine(FormattableString.Invariant($"micro F1         {report.MicroF1:F4}"));
        Console.WriteLine(FormattableString.Invariant($"macro F1         {report.MacroF1:F4}"));
        Console.WriteLine(FormattableString.Invariant($"subset accuracy  {report.SubsetAccuracy:F4}"));
        Console.WriteLine(FormattableString.Invariant($"Hamming loss     {report.HammingLoss:F4}"));
        int width = report.Labels.Max(l => l.Label.Length);
        foreach (LabelFigures l in report.Labels)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"  {l.Label.PadRight(width)}  precision {l.Precision:F3}  recall {l.Recall:F3}  F1 {l.F1:F3}  rows {l.Support}"));
        }
    }
}
