using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>PEFT's HRA; its <c>init_weights</c> says whether the reflections start in equal pairs that undo each other.</summary>
internal sealed class HRAFormat : LinearFormat<HRAMethod>
{
    public override string PeftType => "HRA";

    protected override string BiasOfAdapted => "hra_only";

    protected override string Defaults => """
        {
          "apply_GS": false, "bias": "none", "exclude_modules": null, "init_weights": true, "layers_pattern": null, "layers_to_transform": null, "r": 8
        }
        """;

    protected override HRAMethod ReadOptions(PeftKeys keys) => new()
    {
        Rank = keys.Size("r"),
        GramSchmidt = keys.Boolean("apply_GS"),
        SymmetricInitialization = keys.Boolean("init_weights"),
    };

    protected override void WriteOptions(HRAMethod method, JsonObject keys, PeftTargets targets)
    {
        keys["r"] = method.Rank;
        keys["apply_GS"] = method.GramSchmidt;
        keys["init_weights"] = method.SymmetricInitialization;
    }
}
