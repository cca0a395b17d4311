using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The tool's ML.NET pipeline: label text -> key -> classifier -> predicted label as text.</summary>
internal static class ClassificationPipeline
{
    public const string KeyColumn = "LabelKey";

    /// <summary>Trains.</summary>
    public static ITransformer Fit(
        MLContext context, LabelledText[] rows, LabelledText[]? evalRows, DeLoRATextClassificationOptions options)
    {
        IDataView data = context.Data.LoadFromEnumerable(rows);
        var keys = context.Transforms.Conversion.MapValueToKey(KeyColumn, nameof(LabelledText.Label)).Fit(data);
        if (evalRows is not null)
            options = options with { ValidationSet = keys.Transform(context.Data.LoadFromEnumerable(evalRows)) };

        IDataView keyed = keys.Transform(data);
        DeLoRATextClassificationTransformer classifier = context.Transforms.DeLoRATextClassification(options).Fit(keyed);
        var names = context.Transforms.Conversion.MapKeyToValue(options.PredictedLabelColumnName).Fit(classifier.Transform(keyed));
        return new TransformerChain<ITransformer>(keys, classifier, names);
    }

    /// <summary>The same pipeline around a classifier that was trained elsewhere.</summary>
    /// <param name="context">The context.</param>
    /// <param name="classifier">The classifier.</param>
    /// <param name="labels">Its classes, in order.</param>
    public static ITransformer WithLabels(MLContext context, DeLoRATextClassificationTransformer classifier, IEnumerable<string> labels)
    {
        IDataView rows = context.Data.LoadFromEnumerable(labels.Select(l => new LabelledText { Label = l }).ToArray());
        // By occurrence: the keys are numbered as the head's outputs are.
        var keys = context.Transforms.Conversion.MapValueToKey(KeyColumn, nameof(LabelledText.Label)).Fit(rows);
        var names = context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(classifier.Transform(keys.Transform(rows)));
        return new TransformerChain<ITransformer>(keys, classifier, names);
    }
}
