using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Output;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>How well a regression does: as text, or as JSON, where a figure that is not defined is null.</summary>
internal static class RegressionReport
{
    public static void Print(MLContext context, IDataView scored, int rows, bool json)
    {
        // Before ML.NET's evaluator: it refuses scores that are not finite.
        Predictions predictions = ScoredPredictions.Read(scored, RegressionPipeline.LabelColumn);
        RegressionMetrics metrics = context.Regression.Evaluate(scored, labelColumnName: RegressionPipeline.LabelColumn);
        string? noCorrelation = NotDefined(predictions);
        double? absolute = JsonText.Number(metrics.MeanAbsoluteError);
        double? squared = JsonText.Number(metrics.MeanSquaredError);
        double? root = JsonText.Number(metrics.RootMeanSquaredError);
        double? rSquared = JsonText.Number(metrics.RSquared);
        double? pearson = noCorrelation is null ? JsonText.Number(new PearsonCorrelation().Compute(predictions)) : null;
        double? spearman = noCorrelation is null ? JsonText.Number(new SpearmanCorrelation().Compute(predictions)) : null;
        if (json)
        {
            Console.WriteLine(JsonText.Of(new
            {
                rows,
                mean_absolute_error = absolute,
                mean_squared_error = squared,
                root_mean_squared_error = root,
                r_squared = rSquared,
                pearson,
                spearman,
            }));
            return;
        }
        Console.WriteLine(FormattableString.Invariant($"{rows} {(rows == 1 ? "row" : "rows")}"));
        Console.WriteLine($"mean absolute error      {Text(absolute, null)}");
        Console.WriteLine($"mean squared error       {Text(squared, null)}");
        Console.WriteLine($"root mean squared error  {Text(root, null)}");
        Console.WriteLine($"R squared                {Text(rSquared, noCorrelation)}");
        Console.WriteLine($"Pearson                  {Text(pearson, noCorrelation)}");
        Console.WriteLine($"Spearman                 {Text(spearman, noCorrelation)}");
    }

    private static string? NotDefined(Predictions predictions)
    {
        if (predictions.Count < 2)
            return "there is one row only";
        if (!predictions.Targets.ContainsAnyExcept(predictions.Targets[0]))
            return "all labels are equal";
        return predictions.Values.ContainsAnyExcept(predictions.Values[0]) ? null : "all scores are equal";
    }

    private static string Text(double? value, string? reason)
        => value is { } number ? FormattableString.Invariant($"{number:F4}") : $"not defined{(reason is null ? "" : $": {reason}")}";
}
