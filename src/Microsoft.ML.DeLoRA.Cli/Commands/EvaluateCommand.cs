using System.CommandLine;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora evaluate</c>: how well a saved model does on a labelled file.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var data = new DataOptions();
        var model = new Option<string>("--model") { Description = "Model saved by 'delora train'", Required = true };
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new Command("evaluate", "Measures a saved model on a labelled file") { model, json };
        data.AddTo(command, labelRequired: true);
        command.SetAction(arguments =>
        {
            MLContext context = ClassificationPipeline.Context();
            LabelledText[] rows = data.Read(arguments, arguments.GetRequiredValue(data.Data));
            IDataView scored = ClassificationPipeline.Load(context, arguments.GetRequiredValue(model)).Transform(context.Data.LoadFromEnumerable(rows));
            MulticlassClassificationMetrics metrics = context.MulticlassClassification.Evaluate(scored, labelColumnName: ClassificationPipeline.KeyColumn);
            int unknown = scored.GetColumn<uint>(ClassificationPipeline.KeyColumn).Count(key => key == 0);
            string[] labels = LabelNames(scored.Schema);
            if (arguments.GetValue(json))
                Console.WriteLine(Json(metrics, labels, rows.Length - unknown, unknown));
            else
                Print(metrics, labels, rows.Length - unknown, unknown);
        });
        return command;
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

    private static void Print(MulticlassClassificationMetrics metrics, string[] labels, int rows, int unknown)
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
