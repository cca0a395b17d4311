using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The tool's ML.NET pipeline for numbers: the regression alone.</summary>
internal static class RegressionPipeline
{
    public const string LabelColumn = nameof(LabelledText.Number);

    /// <summary>Trains; prints how the best epoch did on the evaluation rows, if there are any.</summary>
    public static ITransformer Fit(MLContext context, LabelledText[] rows, LabelledText[]? evalRows, DeLoRATextRegressionOptions options)
    {
        if (evalRows is not null)
            options = options with { ValidationSet = context.Data.LoadFromEnumerable(evalRows) };
        DeLoRATextRegressionTransformer regression =
            context.Transforms.DeLoRATextRegression(options).Fit(context.Data.LoadFromEnumerable(rows));
        if (evalRows is not null && regression.Training is { } training)
            Models.PrintBest(training);
        return regression;
    }
}
