using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>A fine-tuned text regression. It adds the score, the predicted number.</summary>
/// <inheritdoc cref="DeLoRATextTransformer"/>
public sealed class DeLoRATextRegressionTransformer : DeLoRATextTransformer
{
    internal DeLoRATextRegressionTransformer(IHostEnvironment environment, TextModel model, TextColumns columns, TrainingResult? training)
        : base(environment, model, columns, training)
    {
    }
}
