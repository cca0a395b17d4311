using Microsoft.ML.DeLoRA.Adapters;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>How each adapter method is set up for a GLUE task.</summary>
public static class GlueMethods
{
    /// <summary>The name that stands for training the head only.</summary>
    public const string HeadOnly = "none";

    /// <summary>
    /// A method and how to train it on a task. DeLoRA: the task's <see cref="GluePreset"/>, and decay 0.01 on the strengths, as in the
    /// authors' script. Other methods: their own defaults, the task's epochs and batch size, and the learning rate of
    /// <see cref="SuggestedLearningRates"/>.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="method">The method's name, in any case, or <see cref="HeadOnly"/>.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static (AdapterMethod? Adapter, TrainingOptions Training) Create(GlueTask task, string method)
    {
        ArgumentNullException.ThrowIfNull(task);
        AdapterMethod? adapter = method.Equals(HeadOnly, StringComparison.OrdinalIgnoreCase) ? null : AdapterMethodJson.Create(method);
        GluePreset preset = task.Preset;
        var training = new TrainingOptions
        {
            Epochs = preset.Epochs,
            BatchSize = preset.BatchSize,
            LearningRate = SuggestedLearningRates.Of(adapter),
        };
        return adapter is not DeLoRAMethod deLoRA
            ? (adapter, training)
            : (deLoRA with { Rank = 8, Lambda = preset.Lambda, Dropout = preset.Dropout }, training with
            {
                LearningRate = preset.LearningRate,
                LambdaLearningRate = preset.LambdaLearningRate,
                LambdaWeightDecay = training.WeightDecay,
            });
    }
}
