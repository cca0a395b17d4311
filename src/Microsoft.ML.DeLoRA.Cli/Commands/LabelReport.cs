using System.Globalization;
using Microsoft.ML.DeLoRA.Cli.Output;

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

    private static string Json(MultiLabelReport report) => JsonText.Of(new
    {
        rows = report.RowCount,
        micro_f1 = report.MicroF1,
        macro_f1 = report.MacroF1,
        subset_accuracy = report.SubsetAccuracy,
        hamming_loss = report.HammingLoss,
        macro_average = AsJson(Macro(report)),
        weighted_average = AsJson(Weighted(report)),
        labels = report.Labels.Select(l => new
        {
            label = l.Label,
            precision = l.Precision,
            recall = l.Recall,
            f1 = l.F1,
            support = l.Support,
        }),
    });

    private static object AsJson(LabelFigures mean) => new { precision = mean.Precision, recall = mean.Recall, f1 = mean.F1 };

    private static void PrintText(MultiLabelReport report)
    {
        Console.WriteLine(Invariant($"{report.RowCount} {(report.RowCount == 1 ? "row" : "rows")}"));
        Console.WriteLine(Invariant($"micro F1         {report.MicroF1:F4}"));
        Console.WriteLine(Invariant($"macro F1         {report.MacroF1:F4}"));
        Console.WriteLine(Invariant($"subset accuracy  {report.SubsetAccuracy:F4}"));
        Console.WriteLine(Invariant($"Hamming loss     {report.HammingLoss:F4}"));
        Console.WriteLine();
        var table = new AlignedTable(new("label"), new("precision", true), new("recall", true), new("F1", true), new("support", true));
        foreach (LabelFigures l in (LabelFigures[])[.. report.Labels, Macro(report), Weighted(report)])
        {
            double[] ratios = [l.Precision, l.Recall, l.F1];
            table.Add([l.Label, .. ratios.Select(ratio => Invariant($"{ratio:F4}")), Invariant($"{l.Support}")]);
        }
        table.WriteTo(Console.Out);
    }

    private static LabelFigures Macro(MultiLabelReport report) => new("(macro average)", report.Labels.Average(l => l.Precision),
        report.Labels.Average(l => l.Recall), report.MacroF1, report.Labels.Sum(l => l.Support));

    private static LabelFigures Weighted(MultiLabelReport report)
    {
        long all = report.Labels.Sum(l => l.Support);
        return new LabelFigures("(weighted average)", Mean(l => l.Precision), Mean(l => l.Recall), Mean(l => l.F1), all);

        double Mean(Func<LabelFigures, double> figure) => all == 0 ? 0 : report.Labels.Sum(l => l.Support * figure(l)) / all;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
