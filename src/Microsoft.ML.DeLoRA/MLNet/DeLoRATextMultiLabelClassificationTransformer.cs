using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// A fine-tuned multi-label text classifier. It adds which labels apply, a vector of Boolean, and the scores, a probability for each
/// label; both have the labels' names as slot names.
/// </summary>
/// <inheritdoc cref="DeLoRATextTransformer"/>
public sealed class DeLoRATextMultiLabelClassificationTransformer : DeLoRATextTransformer
{
    internal DeLoRATextMultiLabelClassificationTransformer(
        IHostEnvironment environment, TextModel model, TextColumns columns, TrainingResult? training)
        : base(environment, model, columns, training)
    {
    }
}
