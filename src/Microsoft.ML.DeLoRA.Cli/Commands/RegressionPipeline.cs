using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The tool's ML.NET pipeline for numbers: the regression alone.</summary>
internal static class RegressionPipeline
{
    public const string LabelColumn = nameof(LabelledText.Number);

    /// <summary>Trains.</summary>
    public static ITransformer Fit(MLContext context, LabelledText[] rows, LabelledText[]? evalRows, DeLoRATextRegressionOptions options)
    {
        if (evalRows is not null)
            options = options with { ValidationSet = context.Data.LoadFromEnumerable(evalRows) };
        return context.Transforms.DeLoRATextRegression(options).Fit(context.Data.LoadFromEnumerable(rows));
    }
}
