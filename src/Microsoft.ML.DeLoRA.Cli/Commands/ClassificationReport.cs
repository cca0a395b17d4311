using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>How well a classifier does: as text, or as JSON.</summary>
internal static class ClassificationReport
{
    public static void Print(MLContext context, IDataView scored, int rows, bool json)
    {
        int unknown = scored.GetColumn<uint>(ClassificationPipeline.KeyColumn).Count(key => key == 0);
        string[] labels = LabelNames(scored.Schema);
        if (unknown == rows)
            throw new UsageException(
                $"The model knows none of the file's labels; it knows {string.Join(", ", labels.Take(20))}. Is --label the right column?");
        // Before ML.NET's evaluator, which makes a log-loss of 0 of NaN; and what its metrics lack.
        Predictions predictions = ScoredPredictions.Read(scored, ClassificationPipeline.KeyColumn);
        MulticlassClassificationMetrics metrics =
            context.MulticlassClassification.Evaluate(scored, labelColumnName: ClassificationPipeline.KeyColumn);
        double macroF1 = new MacroF1().Compute(predictions);
        double? matthews = labels.Length == 2 ? new MatthewsCorrelation().Compute(predictions) : null;
        if (json)
            Console.WriteLine(Json(metrics, macroF1, matthews, labels, rows - unknown, unknown));
        else
            PrintText(metrics, macroF1, matthews, labels, rows - unknown, unknown);
    }

    private static string[] LabelNames(DataViewSchema schema)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema[ClassificationPipeline.KeyColumn].GetKeyValues(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private static string Json(
        MulticlassClassificationMetrics metrics, double macroF1, double? matthews, string[] labels, int rows, int unknown)
        => JsonSerializer.Serialize(new
        {
            rows,
            rows_with_unknown_label = unknown,
            accuracy = metrics.MicroAccuracy,
            macro_accuracy = metrics.MacroAccuracy,
            macro_f1 = macroF1,
            matthews,
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

    private static void PrintText(
        MulticlassClassificationMetrics metrics, double macroF1, double? matthews, string[] labels, int rows, int unknown)
    {
        Console.WriteLine($"{rows} rows" + (unknown > 0 ? $", {unknown} more left out because the model does not know their label" : ""));
        Console.WriteLine(FormattableString.Invariant($"accuracy        {metrics.MicroAccuracy:F4}"));
        Console.WriteLine(FormattableString.Invariant($"macro accuracy  {metrics.MacroAccuracy:F4}"));
        Console.WriteLine(FormattableString.Invariant($"macro F1        {macroF1:F4}"));
        if (matthews is not null)
            Console.WriteLine(FormattableString.Invariant($"Matthews        {matthews:F4}"));
        Console.WriteLine(FormattableString.Invariant($"log loss        {metrics.LogLoss:F4}"));
        int width = labels.Max(l => l.Length);
        for (int i = 0; i < labels.Length; i++)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"  {labels[i].PadRight(width)}  precision {metrics.ConfusionMatrix.PerClassPrecision[i]:F3}")
                + FormattableString.Invariant($"  recall {metrics.ConfusionMatrix.PerClassRecall[i]:F3}"));
        }
    }
}
