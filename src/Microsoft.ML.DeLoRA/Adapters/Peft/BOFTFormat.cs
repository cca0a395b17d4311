using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>PEFT's BOFT with blocks of one size; a number of blocks (<c>boft_block_num</c>) and its dropout of blocks are not supported.</summary>
internal sealed class BOFTFormat : LinearFormat<BOFTMethod>
{
    public override string PeftType => "BOFT";

    protected override string BiasOfAdapted => "boft_only";

    protected override IReadOnlyList<string> MustBeOff => ["boft_block_num", "boft_dropout"];

    protected override IReadOnlyList<string> AlwaysWritten => ["boft_block_size", "boft_n_butterfly_factor"];

    protected override string Defaults => """
        {
          "bias": "none", "boft_block_num": 0, "boft_block_size": 4, "boft_dropout": 0.0, "boft_n_butterfly_factor": 1, "exclude_modules": null,
          "fan_in_fan_out": false, "init_weights": true, "layers_pattern": null, "layers_to_transform": null
        }
        """;

    protected override BOFTMethod ReadOptions(PeftKeys keys) => new()
    {
        BlockSize = keys.Size("boft_block_size"),
        ButterflyFactors = keys.Size("boft_n_butterfly_factor"),
    };

    protected override void WriteOptions(BOFTMethod method, JsonObject keys, PeftTargets targets)
    {
        keys["boft_block_size"] = method.BlockSize;
        keys["boft_n_butterfly_factor"] = method.ButterflyFactors;
    }
}
