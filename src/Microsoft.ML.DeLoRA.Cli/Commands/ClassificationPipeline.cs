using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The tool's ML.NET pipeline: label text -> key -> classifier -> predicted label as text.</summary>
internal static class ClassificationPipeline
{
    public const string KeyColumn = "LabelKey";

    /// <summary>A context whose warnings go to standard error.</summary>
    public static MLContext Context(int? seed = null)
    {
        var context = new MLContext(seed);
        context.Log += (_, message) =>
        {
            if (message.Kind is Runtime.ChannelMessageKind.Warning or Runtime.ChannelMessageKind.Error)
                Console.Error.WriteLine(message.Message);
        };
        return context;
    }

    /// <summary>Trains; prints how the best epoch did on the evaluation rows, if there are any.</summary>
    public static ITransformer Fit(MLContext context, LabelledText[] rows, LabelledText[]? evalRows, DeLoRATextClassificationOptions options)
    {
        IDataView data = context.Data.LoadFromEnumerable(rows);
        var keys = context.Transforms.Conversion.MapValueToKey(KeyColumn, nameof(LabelledText.Label)).Fit(data);
        if (evalRows is not null)
            options = options with { ValidationSet = keys.Transform(context.Data.LoadFromEnumerable(evalRows)) };

        IDataView keyed = keys.Transform(data);
        DeLoRATextClassificationTransformer classifier = context.Transforms.DeLoRATextClassification(options).Fit(keyed);
        if (evalRows is not null && classifier.Training is { } training)
            Console.WriteLine(FormattableString.Invariant(
                $"Best epoch {training.Best.Epoch}: {training.MetricName} {training.Best.ValidationMetric:F4} on the evaluation rows."));
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

    /// <summary>The classifier in a loaded model, or null.</summary>
    public static DeLoRATextClassificationTransformer? Classifier(ITransformer model) => model switch
    {
        DeLoRATextClassificationTransformer classifier => classifier,
        IEnumerable<ITransformer> chain => chain.Select(Classifier).FirstOrDefault(c => c is not null),
        _ => null,
    };

    /// <summary>Loads a model that <c>delora train</c> saved.</summary>
    /// <exception cref="UsageException">There is no such file.</exception>
    public static ITransformer Load(MLContext context, string path)
        => File.Exists(path) ? context.Model.Load(path, out _) : throw new UsageException($"There is no model '{path}'; make one with 'delora train'.");
}
