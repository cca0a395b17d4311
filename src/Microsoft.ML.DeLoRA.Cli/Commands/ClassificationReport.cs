using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>How well a classifier does: as text, or as JSON.</summary>
internal static class ClassificationReport
{
    public static void Print(MLContext context, IDataView scored, int rows, bool json)
    {
        MulticlassClassificationMetrics metrics = context.MulticlassClassification.Evaluate(scored, labelColumnName: ClassificationPipeline.KeyColumn);
        int unknown = scored.GetColumn<uint>(ClassificationPipeline.KeyColumn).Count(key => key == 0);
        string[] labels = LabelNames(scored.Schema);
        if (json)
            Console.WriteLine(Json(metrics, labels, rows - unknown, unknown));
        else
            PrintText(metrics, labels, rows - unknown, unknown);
    }

    private static string[] LabelNames(DataViewSchema schema)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema[ClassificationPipeline.KeyColumn].GetKeyValues(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private static string Json(MulticlassClassificationMetrics metrics, string[] labels, int rows, int unknown) => JsonSerializer.Serialize(new
    {
        rows,
        rows_with_unknown_label = unknown,
        accuracy = metrics.MicroAccuracy,
        macro_accuracy = metrics.MacroAccuracy,
        log_loss = metrics.LogLoss,
        log_loss_reduction = metrics.LogLossReduction,
        classes = labels.Select((label, i) => new
        {
            label,
            precision = metrics.ConfusionMatrix.PerClassPrecision[i],
            recall = metrics.ConfusionMatrix.PerClassRecall[i],
            log_loss = metrics.PerClassLogLoss[i],
        }),
        confusion = metrics.ConfusionMatrix.Counts,
    });

    private static void PrintText(MulticlassClassificationMetrics metrics, string[] labels, int rows, int unknown)
    {
        Console.WriteLine($"{rows} rows" + (unknown > 0 ? $", {unknown} more left out because the model does not know their label" : ""));
        Console.WriteLine(FormattableString.Invariant($"accuracy        {metrics.MicroAccuracy:F4}"));
        Console.WriteLine(FormattableString.Invariant($"macro accuracy  {metrics.MacroAccuracy:F4}"));
        Console.WriteLine(FormattableString.Invariant($"log loss        {metrics.LogLoss:F4}"));
        int width = labels.Max(l => l.Length);
        for (int i = 0; i < labels.Length; i++)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"  {labels[i].PadRight(width)}  precision {metrics.ConfusionMatrix.PerClassPrecision[i]:F3}  recall {metrics.ConfusionMatrix.PerClassRecall[i]:F3}"));
        }
    }
}
