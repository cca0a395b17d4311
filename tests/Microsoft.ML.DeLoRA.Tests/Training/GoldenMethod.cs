using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Adapters.Peft;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>The adapter method of a golden run, from the configuration that the reference wrote.</summary>
internal static class GoldenMethod
{
    public static AdapterMethod Of(JsonElement adapter) => PeftConfiguration.Parse(adapter.GetRawText()).Method;

    /// <summary>Runs that train the model itself say so in words only, and so does one whose configuration is not read here.</summary>
    public static AdapterMethod WithoutAdapter(string what)
        => what.StartsWith("BitFit", StringComparison.Ordinal) ? new BitFitMethod()
        : what.StartsWith("full", StringComparison.Ordinal) ? new FullFineTuningMethod()
        : what.Contains("AdaLoRA", StringComparison.Ordinal) ? AdaLoRA(what)
        : throw new NotSupportedException($"No method here for: {what}");

    private static AdaLoRAMethod AdaLoRA(string what)
    {
        return new AdaLoRAMethod
        {
            Rank = Number("init_r"),
            TargetRank = Number("target_r"),
            Alpha = Number("lora_alpha"),
            InitialSteps = Number("tinit"),
            FinalSteps = Number("tfinal"),
            AllocationInterval = Number("deltaT"),
        };

        int Number(string name) => int.Parse(Regex.Match(what, $@"\b{name}=(\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
