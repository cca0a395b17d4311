using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// DeLoRA of the authors' fork of PEFT, with the frozen copies <c>frozen_C</c> and <c>frozen_D</c>
/// (<see cref="DeLoRAInitialization.FrozenCopy"/>). PEFT itself does not read it; <see cref="LoRAConversion"/> makes what it does.
/// </summary>
internal sealed class AuthorsDeLoRAFormat : LinearFormat<DeLoRAMethod>
{
    public override string PeftType => "DELORA";

    public override bool IsOfPeft => false;

    protected override IReadOnlyList<string> MustBeOff => ["Wdecompose_target_modules", "enable_delora", "fan_in_fan_out"];

    protected override string Defaults => """
        {
          "Wdecompose_target_modules": null, "bias": "none", "delora_dropout": 0.0, "delora_lambda": 4.0, "enable_delora": null,
          "fan_in_fan_out": false, "merge_weights": false, "r": 8
        }
        """;

    public override bool Reads(JsonObject configuration)
        => !configuration.ContainsKey("init_weights")
            && new[] { "delora_dropout", "enable_delora", "Wdecompose_target_modules" }.Any(configuration.ContainsKey);

    public override bool Writes(AdapterMethod method) => method is DeLoRAMethod { Initialization: DeLoRAInitialization.FrozenCopy };

    protected override DeLoRAMethod ReadOptions(PeftKeys keys) => new()
    {
        Rank = keys.Size("r"),
        Lambda = keys.Number("delora_lambda"),
        Initialization = DeLoRAInitialization.FrozenCopy,
        Dropout = keys.Number("delora_dropout"),
    };

    protected override void WriteOptions(DeLoRAMethod method, JsonObject keys, PeftTargets targets)
    {
        if (method.WeightScaling != DeLoRAWeightScaling.ColumnNorms)
            throw NoForm($"{nameof(method.WeightScaling)} {method.WeightScaling}", DeLoRAFormat.Advice);
        if (method.RankPattern.Count + method.LambdaPattern.Count > 0)
            throw NoForm($"{nameof(method.RankPattern)} or {nameof(method.LambdaPattern)} and the authors' frozen copy", DeLoRAFormat.Advice);
        keys["r"] = method.Rank;
        keys["delora_lambda"] = PythonJson.Float(method.Lambda);
        keys["delora_dropout"] = PythonJson.Float(method.Dropout);
    }
}
