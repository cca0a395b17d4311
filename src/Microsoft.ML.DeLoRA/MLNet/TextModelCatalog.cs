using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML;

/// <summary>Brings text models that were made without ML.NET into it.</summary>
public static class TextModelCatalog
{
    /// <summary>
    /// Makes a transformer of a text model, whatever its task: it predicts, evaluates and saves like one that a pipeline trained, with the
    /// usual names for the added columns (PredictedLabel or PredictedLabels, and Score).
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="model">The model; the transformer's from now on.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <exception cref="ArgumentException">
    /// A column has no name or that of another, or the model reads pairs and no second text is named, or the other way round.
    /// </exception>
    public static DeLoRATextTransformer FromTextModel(
        this ModelOperationsCatalog catalog, TextModel model, string textColumnName = "Text", string? secondTextColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        if (model.Description.TakesPairs != secondTextColumnName is not null)
            throw new ArgumentException(model.Description.TakesPairs
                ? "The model reads pairs of texts; name the column with the second text."
                : "The model reads single texts; name no column with a second text.", nameof(secondTextColumnName));
        DeLoRATextOptions usual = model.Description.Kind switch
        {
            TextModelKind.Regression => new DeLoRATextRegressionOptions(),
            TextModelKind.MultiLabelClassification => new DeLoRATextMultiLabelClassificationOptions(),
            _ => new DeLoRATextClassificationOptions(),
        };
        DeLoRATextOptions options = usual with { TextColumnName = textColumnName, SecondTextColumnName = secondTextColumnName };
        options.Validate();
        return DeLoRATextTransformer.Of(catalog.Environment(), model, options);
    }
}
