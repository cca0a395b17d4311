using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The tool's ML.NET pipeline for rows with any number of labels: the multi-label classifier alone.</summary>
internal static class MultiLabelPipeline
{
    /// <summary>Trains.</summary>
    public static ITransformer Fit(
        MLContext context, MultiLabelTexts texts, MultiLabelTexts? evalTexts, DeLoRATextMultiLabelClassificationOptions options)
    {
        options = options with { LabelNames = texts.Names, ValidationSet = evalTexts?.Load(context) };
        return context.Transforms.DeLoRATextMultiLabelClassification(options).Fit(texts.Load(context));
    }
}
