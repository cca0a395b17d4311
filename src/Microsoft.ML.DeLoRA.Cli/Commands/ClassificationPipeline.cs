using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Output;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The tool's ML.NET pipeline: label text -> key -> classifier -> predicted label as text.</summary>
internal static class ClassificationPipeline
{
    public const string KeyColumn = "LabelKey";

    /// <summary>Trains.</summary>
    public static ITransformer Fit(
        MLContext context, LabelledText[] rows, LabelledText[]? evalRows, DeLoRATextClassificationOptions options)
    {
        if (rows.Select(r => r.Label).Distinct().Take(2).ToArray() is [var only])
            throw new UsageException($"--data: every row has the label {OneLine.Names([only], most: 1)}; a classifier needs "
                + "rows of at least two. Is --label the right column?");
        IDataView data = context.Data.LoadFromEnumerable(rows);
        var keys = context.Transforms.Conversion.MapValueToKey(KeyColumn, nameof(LabelledText.Label)).Fit(data);
        if (evalRows is not null)
            evalRows = KnownOf(evalRows, rows);
        if (evalRows is not null)
            options = options with { ValidationSet = keys.Transform(context.Data.LoadFromEnumerable(evalRows)) };

        IDataView keyed = keys.Transform(data);
        DeLoRATextTransformer classifier = context.Transforms.DeLoRATextClassification(options).Fit(keyed);
        var names = context.Transforms.Conversion.MapKeyToValue(options.PredictedLabelColumnName).Fit(classifier.Transform(keyed));
        return new TransformerChain<ITransformer>(keys, classifier, names);
    }

    // A class that only the evaluation rows have cannot be learned.
    private static LabelledText[] KnownOf(LabelledText[] evalRows, LabelledText[] rows)
    {
        HashSet<string> known = [.. rows.Select(r => r.Label)];
        LabelledText[] kept = [.. evalRows.Where(r => known.Contains(r.Label))];
        if (kept.Length == evalRows.Length)
            return evalRows;
        string[] unknown = [.. evalRows.Select(r => r.Label).Where(l => !known.Contains(l)).Distinct()];
        string names = OneLine.Names(unknown, most: 5);
        if (kept.Length == 0)
            throw new UsageException($"--eval: no training row has a label of its rows ({names}). Do the files belong together?");
        Console.Error.WriteLine($"--eval: {Count.Of(evalRows.Length - kept.Length, "row is", "rows are")} left out, "
            + $"as no training row has {(evalRows.Length - kept.Length == 1 ? "its" : "their")} label: {names}.");
        return kept;
    }

    /// <summary>The same pipeline around a classifier that was trained elsewhere.</summary>
    /// <param name="context">The context.</param>
    /// <param name="classifier">The classifier.</param>
    /// <param name="labels">Its classes, in order.</param>
    public static ITransformer WithLabels(MLContext context, DeLoRATextTransformer classifier, IEnumerable<string> labels)
    {
        IDataView rows = context.Data.LoadFromEnumerable(labels.Select(l => new LabelledText { Label = l }).ToArray());
        // By occurrence: the keys are numbered as the head's outputs are.
        var keys = context.Transforms.Conversion.MapValueToKey(KeyColumn, nameof(LabelledText.Label)).Fit(rows);
        var names = context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(classifier.Transform(keys.Transform(rows)));
        return new TransformerChain<ITransformer>(keys, classifier, names);
    }
}
