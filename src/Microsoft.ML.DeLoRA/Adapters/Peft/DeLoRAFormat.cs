using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// PEFT's DeLoRA: no frozen copy, so only <see cref="DeLoRAInitialization.ZeroB"/>. Its <c>module_dropout</c> is a dropout of the
/// elements of the adapter's input, whatever its description says.
/// </summary>
internal sealed class DeLoRAFormat : LinearFormat<DeLoRAMethod>
{
    /// <summary>What to do about an option that PEFT cannot express.</summary>
    public const string Advice = $" Save it for PEFT ({nameof(AdapterFormat)}.{nameof(AdapterFormat.Peft)}), as the LoRA that it equals.";

    public override string PeftType => "DELORA";

    protected override string BiasOfAdapted => "delora_only";

    protected override IReadOnlyList<string> AlwaysWritten => ["r", "delora_lambda"];

    protected override bool HasExcludeModules => true;

    protected override string Defaults => """
        {
          "bias": "none", "delora_lambda": 15, "exclude_modules": null, "init_weights": true, "lambda_pattern": {}, "layers_pattern": null,
          "layers_to_transform": null, "module_dropout": 0.0, "r": 8, "rank_pattern": {}
        }
        """;

    /// <summary>Whether PEFT's DeLoRA computes the same.</summary>
    public static bool HasForm(DeLoRAMethod method)
        => method is { Initialization: DeLoRAInitialization.ZeroB, WeightScaling: DeLoRAWeightScaling.ColumnNorms };

    public override bool Writes(AdapterMethod method) => method is DeLoRAMethod { Initialization: DeLoRAInitialization.ZeroB };

    protected override DeLoRAMethod ReadOptions(PeftKeys keys) => new()
    {
        Rank = keys.Size("r"),
        Lambda = keys.Number("delora_lambda"),
        Initialization = DeLoRAInitialization.ZeroB,
        RankPattern = keys.RankTable("rank_pattern"),
        LambdaPattern = keys.NumberTable("lambda_pattern"),
        Dropout = keys.Number("module_dropout"),
    };

    protected override void WriteOptions(DeLoRAMethod method, JsonObject keys, PeftTargets targets)
    {
        if (method.WeightScaling != DeLoRAWeightScaling.ColumnNorms)
            throw NoForm($"{nameof(method.WeightScaling)} {method.WeightScaling}", Advice);
        keys["r"] = method.Rank;
        keys["delora_lambda"] = PythonJson.Float(method.Lambda);
        keys["rank_pattern"] = targets.Table(method.RankPattern, method.Rank, r => r);
        keys["lambda_pattern"] = targets.Table(method.LambdaPattern, method.Lambda, PythonJson.Float);
        keys["module_dropout"] = PythonJson.Float(method.Dropout);
    }
}
