namespace Microsoft.ML.DeLoRA;

/// <summary>The peak learning rate that each adapter method starts from when nobody gives one.</summary>
/// <remarks>Starting points, not tuned values: methods differ by a factor of a hundred. Thread-safe.</remarks>
public static class SuggestedLearningRates
{
    private const double Other = 1e-3;

    // Those of the DeLoRA paper for RoBERTa-base: LoRA, DoRA, ETHER+ (robustness figures), full fine-tuning. The ladder's methods and ETHER
    // go with ETHER+. AdaLoRA's paper has 5e-4 to 2.2e-3 on GLUE. All others are starting points.
    private static readonly Dictionary<string, double> _rates = new(StringComparer.OrdinalIgnoreCase)
    {
        ["DeLoRA"] = new TrainingOptions().LearningRate,
        ["LoRA"] = 6e-4,
        ["DoRA"] = 6e-4,
        ["AdaLoRA"] = 1e-3,
        ["ETHER+"] = 6e-3,
        ["full"] = 2e-5,
        ["ETHER"] = 6e-3,
        ["MultiplicativeDeLoRA"] = 6e-3,
        ["IA3"] = 3e-3,
        ["VeRA"] = 4e-3,
    };

    /// <summary>
    /// 3e-3 for DeLoRA, 6e-4 for LoRA and DoRA, 1e-3 for AdaLoRA, 6e-3 for ETHER, ETHER+ and the multiplicative DeLoRA, 4e-3 for VeRA, 3e-3
    /// for IA3, 2e-5 for full fine-tuning; 1e-3 for methods that nothing is known of.
    /// </summary>
    /// <param name="method">The method; null: the head only.</param>
    public static double Of(AdapterMethod? method) => method is not null && _rates.TryGetValue(method.Name, out double rate) ? rate : Other;
}
