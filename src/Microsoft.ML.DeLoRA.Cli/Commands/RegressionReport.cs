using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>How well a regression does: as text, or as JSON, where a figure that is not defined is null.</summary>
internal static class RegressionReport
{
    public static void Print(MLContext context, IDataView scored, int rows, bool json)
    {
        // Before ML.NET's evaluator: it refuses scores that are not finite.
        Predictions predictions = ScoredPredictions.Read(scored, RegressionPipeline.LabelColumn);
        RegressionMetrics metrics = context.Regression.Evaluate(scored, labelColumnName: RegressionPipeline.LabelColumn);
        string? reason = NotDefined(predictions);
        double? rSquared = Number(metrics.RSquared);
        double? pearson = reason is null ? Number(new PearsonCorrelation().Compute(predictions)) : null;
        double? spearman = reason is null ? Number(new SpearmanCorrelation().Compute(predictions)) : null;
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                rows,
                mean_absolute_error = Number(metrics.MeanAbsoluteError),
                mean_squared_error = Number(metrics.MeanSquaredError),
                root_mean_squared_error = Number(metrics.RootMeanSquaredError),
                r_squared = rSquared,
                pearson,
                spearman,
            }));
            return;
        }
        Console.WriteLine($"{rows} rows");
        Console.WriteLine(FormattableString.Invariant($"mean absolute error      {metrics.MeanAbsoluteError:F4}"));
        Console.WriteLine(FormattableString.Invariant($"root mean squared error  {metrics.RootMeanSquaredError:F4}"));
        Console.WriteLine($"R squared                {Text(rSquared, reason)}");
        Console.WriteLine($"Pearson                  {Text(pearson, reason)}");
        Console.WriteLine($"Spearman                 {Text(spearman, reason)}");
    }

    private static string? NotDefined(Predictions predictions)
    {
        if (predictions.Count < 2)
            return "there is one row only";
        if (!predictions.Targets.ContainsAnyExcept(predictions.Targets[0]))
            return "all labels are equal";
        if (!predictions.Values.ContainsAnyExcept(predictions.Values[0]))
            return "all scores are equal";
        return null;
    }

    private static string Text(double? value, string? reason)
        => value is { } number ? FormattableString.Invariant($"{number:F4}") : $"not defined{(reason is null ? "" : $": {reason}")}";

    // JSON has no NaN.
    private static double? Number(double value) => double.IsFinite(value) ? value : null;
}
