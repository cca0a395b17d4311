using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Glue;

/// <summary>How each adapter method is set up for a GLUE task.</summary>
public static class GlueMethods
{
    /// <summary>The name that stands for training the head only.</summary>
    public const string HeadOnly = "none";

    private const double OtherLearningRate = 1e-3;

    // Those of the DeLoRA paper for RoBERTa-base: LoRA, DoRA, ETHER+ (robustness figures), full fine-tuning. The ladder's methods and ETHER
    // go with ETHER+. All others are starting points.
    private static readonly Dictionary<string, double> _learningRates = new(StringComparer.OrdinalIgnoreCase)
    {
        ["LoRA"] = 6e-4,
        ["DoRA"] = 6e-4,
        ["ETHER+"] = 6e-3,
        ["full"] = 2e-5,
        ["ETHER"] = 6e-3,
        ["MultiplicativeDeLoRA"] = 6e-3,
        ["IA3"] = 3e-3,
        ["VeRA"] = 4e-3,
    };

    /// <summary>
    /// A method and how to train it on a task. DeLoRA: the task's <see cref="GluePreset"/>, and decay 0.01 on the strengths, as in the
    /// authors' script. Other methods: their own defaults, the task's epochs and batch size, and a base learning rate: 6e-4 for LoRA and
    /// DoRA, 6e-3 for ETHER+ and 2e-5 for full fine-tuning, as in the paper; 1e-3 for methods that nothing is known of.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="method">The method's name, in any case, or <see cref="HeadOnly"/>.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static (AdapterMethod? Adapter, TrainingOptions Training) Create(GlueTask task, string method)
    {
        ArgumentNullException.ThrowIfNull(task);
        AdapterMethod? adapter = method.Equals(HeadOnly, StringComparison.OrdinalIgnoreCase) ? null : AdapterMethodJson.Create(method);
        GluePreset preset = task.Preset;
        var training = new TrainingOptions { Epochs = preset.Epochs, BatchSize = preset.BatchSize, LearningRate = LearningRate(adapter) };
        return adapter is not DeLoRAMethod deLoRA
            ? (adapter, training)
            : (deLoRA with { Rank = 8, Lambda = preset.Lambda, Dropout = preset.Dropout }, training with
            {
                LearningRate = preset.LearningRate,
                LambdaLearningRate = preset.LambdaLearningRate,
                LambdaWeightDecay = training.WeightDecay,
            });
    }

    private static double LearningRate(AdapterMethod? adapter)
        => adapter is not null && _learningRates.TryGetValue(adapter.Name, out double rate) ? rate : OtherLearningRate;
}
