using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>PEFT's DoRA: LoRA with <c>use_dora</c>.</summary>
internal sealed class DoRAFormat : LinearFormat<DoRAMethod>
{
    public override string PeftType => "LORA";

    protected override string BiasOfAdapted => "lora_only";

    protected override IReadOnlyList<string> MustBeOff => [.. LoRAKeys.MustBeOff, LoRAKeys.OutputBias];

    protected override IReadOnlyList<string> AlwaysWritten => LoRAKeys.AlwaysWritten;

    protected override string Defaults => LoRAKeys.Defaults;

    public override bool Reads(JsonObject configuration)
        => configuration.TryGetPropertyValue(LoRAKeys.IsDoRA, out JsonNode? value) && value is JsonValue flag && flag.TryGetValue(out bool isOn) && isOn;

    public override bool Ignores(string tensorName) => LoRAKeys.Ignores(tensorName);

    public override void LeaveOutIgnored(JsonObject configuration) => LoRAKeys.LeaveOutIgnored(configuration);

    protected override DoRAMethod ReadOptions(PeftKeys keys)
    {
        if (LoRAKeys.Start(keys) is not ("true" or "false" or "gaussian"))
            throw LoRAKeys.NoStart(keys, "true, false, \"gaussian\", \"orthogonal\", \"eva\" or \"mica\"");
        return new()
        {
            Rank = keys.Size("r"),
            Alpha = keys.Number("lora_alpha"),
            RankStabilized = keys.Boolean("use_rslora"),
            RankPattern = keys.RankTable("rank_pattern"),
            AlphaPattern = keys.NumberTable("alpha_pattern"),
            Dropout = keys.Number("lora_dropout"),
        };
    }

    protected override void WriteOptions(DoRAMethod method, JsonObject keys, PeftTargets targets)
    {
        if (!method.TrainMagnitude)
            throw NoForm($"{nameof(method.TrainMagnitude)} false");
        LoRAKeys.Write(method, method.Alpha, method.AlphaPattern, method.RankStabilized, keys, targets);
        keys[LoRAKeys.IsDoRA] = true;
    }
}
