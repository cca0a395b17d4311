using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// A fine-tuned text classifier. It adds the predicted label, a key with the label column's key values, and the scores, a probability
/// for each class.
/// </summary>
/// <inheritdoc cref="DeLoRATextTransformer"/>
public sealed class DeLoRATextClassificationTransformer : DeLoRATextTransformer
{
    internal DeLoRATextClassificationTransformer(IHostEnvironment environment, TextModel model, TextColumns columns, TrainingResult? training)
        : base(environment, model, columns, training)
    {
    }
}
