using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>How well a regression does: as text, or as JSON.</summary>
internal static class RegressionReport
{
    public static void Print(MLContext context, IDataView scored, int rows, bool json)
    {
        RegressionMetrics metrics = context.Regression.Evaluate(scored, labelColumnName: RegressionPipeline.LabelColumn);
        // Rows with equal labels have no R squared, and JSON no NaN.
        double? rSquared = double.IsNaN(metrics.RSquared) ? null : metrics.RSquared;
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                rows,
                mean_absolute_error = metrics.MeanAbsoluteError,
                mean_squared_error = metrics.MeanSquaredError,
                root_mean_squared_error = metrics.RootMeanSquaredError,
                r_squared = rSquared,
            }));
            return;
        }
        Console.WriteLine($"{rows} rows");
        Console.WriteLine(FormattableString.Invariant($"mean absolute error      {metrics.MeanAbsoluteError:F4}"));
        Console.WriteLine(FormattableString.Invariant($"root mean squared error  {metrics.RootMeanSquaredError:F4}"));
        Console.WriteLine(FormattableString.Invariant($"R squared                {metrics.RSquared:F4}"));
    }
}
