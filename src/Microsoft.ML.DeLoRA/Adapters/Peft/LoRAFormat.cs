using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// PEFT's LoRA. A PiSSA or OLoRA adapter is saved as the LoRA of twice the rank that it equals, as PEFT's own conversion does, since a
/// reader would otherwise need the same decomposition of the base. <see cref="LoRAMethod.LearningRateRatio"/> belongs to training and is
/// not saved.
/// </summary>
internal sealed class LoRAFormat : LinearFormat<LoRAMethod>
{
    public override string PeftType => "LORA";

    protected override string BiasOfAdapted => "lora_only";

    protected override IReadOnlyList<string> MustBeOff => LoRAKeys.MustBeOff;

    protected override string Defaults => LoRAKeys.Defaults;

    protected override IReadOnlyList<string> AlwaysWritten => LoRAKeys.AlwaysWritten;

    protected override bool HasAllLinear => false;

    public override bool MayLack(string tensorName) => LoRAConversion.IsFrozenStart(tensorName);

    public override bool Ignores(string tensorName) => LoRAKeys.Ignores(tensorName);

    public override void LeaveOutIgnored(JsonObject configuration) => LoRAKeys.LeaveOutIgnored(configuration);

    public override (AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Tensors) Export(AdapterSet adapters)
        => adapters.Method is LoRAMethod { ChangesBase: true } ? LoRAConversion.WithoutFrozenStart(adapters) : base.Export(adapters);

    protected override LoRAMethod ReadOptions(PeftKeys keys)
    {
        // True is DoRA, which has been looked for before; what is left must be false, and no other thing.
        _ = keys.Boolean(LoRAKeys.IsDoRA);
        return new()
        {
            Rank = keys.Size("r"),
            Alpha = keys.Number("lora_alpha"),
            RankStabilized = keys.Boolean("use_rslora"),
            Initialization = ReadInitialization(keys),
            RankPattern = keys.RankTable("rank_pattern"),
            AlphaPattern = keys.NumberTable("alpha_pattern"),
            Dropout = keys.Number("lora_dropout"),
            OutputBias = keys.Boolean(LoRAKeys.OutputBias),
        };
    }

    protected override void WriteOptions(LoRAMethod method, JsonObject keys, PeftTargets targets)
    {
        LoRAKeys.Write(method, method.Alpha, method.AlphaPattern, method.RankStabilized, keys, targets);
        keys[LoRAKeys.OutputBias] = method.OutputBias;
        keys[LoRAKeys.Initialization] = method.Initialization switch
        {
            LoRAInitialization.Kaiming => true,
            LoRAInitialization.Random => false,
            LoRAInitialization.Gaussian => "gaussian",
            LoRAInitialization.PiSSA => "pissa",
            LoRAInitialization.OLoRA => "olora",
            var other => throw NoForm($"{nameof(method.Initialization)} {other}"),
        };
    }

    private static LoRAInitialization ReadInitialization(PeftKeys keys) => LoRAKeys.Start(keys) switch
    {
        "true" => LoRAInitialization.Kaiming,
        "false" => LoRAInitialization.Random,
        "gaussian" => LoRAInitialization.Gaussian,
        "pissa" => LoRAInitialization.PiSSA,
        "olora" => LoRAInitialization.OLoRA,
        _ => throw LoRAKeys.NoStart(keys, "true, false, \"gaussian\", \"orthogonal\", \"eva\", \"mica\", \"pissa\" or \"olora\""),
    };
}
