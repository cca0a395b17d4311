using System.Text.Json;
using Microsoft.ML.DeLoRA.Adapters.Peft;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>The adapter method of a golden run, from the configuration that the reference wrote.</summary>
internal static class GoldenMethod
{
    public static AdapterMethod Of(JsonElement adapter) => PeftConfiguration.Parse(adapter.GetRawText()).Method;

    /// <summary>Runs that train the model itself say so in words only.</summary>
    public static AdapterMethod WithoutAdapter(string what)
        => what.StartsWith("BitFit", StringComparison.Ordinal) ? new BitFitMethod()
        : what.StartsWith("full", StringComparison.Ordinal) ? new FullFineTuningMethod()
        : throw new NotSupportedException($"No method here for: {what}");
}
