using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Makes transformers of text models that were trained elsewhere.</summary>
internal static class TextTransformers
{
    /// <summary>Loads a model onto the catalog's device and makes a transformer of it.</summary>
    /// <exception cref="ArgumentException">The model reads pairs and no second column is named.</exception>
    public static T Load<T>(
        ModelOperationsCatalog catalog, string? secondText, Func<Device, TextModel> load, Func<IHostEnvironment, TextModel, T> create)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        IHostEnvironment environment = catalog.Environment();
        using IChannel channel = environment.Start("Loading");
        TextModel model = load(ComputeDevice.Choose(environment, channel));
        foreach (string warning in model.Warnings)
            channel.Warning(MessageSensitivity.None, warning);
        try
        {
            if (model.Description.TakesPairs && secondText is null)
                throw new ArgumentException("The model reads pairs of texts; name the column with the second text.", "secondTextColumnName");
            return create(environment, model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A transformer for whatever the model does, with the usual column names.</summary>
    public static DeLoRATextTransformer Create(IHostEnvironment environment, TextModel model, string text, string? secondText)
        => model.Description.Kind switch
        {
            TextModelKind.Regression => Regression(environment, model, text, secondText, "Score"),
            TextModelKind.MultiLabelClassification
                => MultiLabelClassification(environment, model, text, secondText, "PredictedLabels", "Score", 0.5f),
            _ => Classification(environment, model, text, secondText, "PredictedLabel", "Score"),
        };

    public static DeLoRATextClassificationTransformer Classification(
        IHostEnvironment environment, TextModel model, string text, string? secondText, string predictedLabel, string score)
        => new(environment, model, new TextColumns
        {
            Text = text,
            SecondText = secondText,
            PredictedLabel = predictedLabel,
            Score = score,
            LabelType = "text",
            LabelValues = model.Description.Labels,
        }, training: null);

    public static DeLoRATextRegressionTransformer Regression(
        IHostEnvironment environment, TextModel model, string text, string? secondText, string score)
        => new(environment, model, new TextColumns { Text = text, SecondText = secondText, Score = score }, training: null);

    public static DeLoRATextMultiLabelClassificationTransformer MultiLabelClassification(
        IHostEnvironment environment, TextModel model, string text, string? secondText, string predictedLabels, string score, float threshold)
        => new(environment, model, new TextColumns
        {
            Text = text,
            SecondText = secondText,
            PredictedLabel = predictedLabels,
            Score = score,
            Threshold = threshold,
        }, training: null);

    /// <summary>Checks the arguments of a multi-label model as training does.</summary>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public static void CheckMultiLabel(IReadOnlyList<string>? labels, string predictedLabels, string score, float threshold)
        => new DeLoRATextMultiLabelClassificationOptions
        {
            LabelNames = labels,
            PredictedLabelsColumnName = predictedLabels,
            ScoreColumnName = score,
            Threshold = threshold,
        }.Validate();
}
