using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>PEFT's OFT with blocks of one size; a number of blocks (<c>r</c>), the constrained variant and its dropout are not supported.</summary>
internal sealed class OFTFormat : LinearFormat<OFTMethod>
{
    public override string PeftType => "OFT";

    protected override string BiasOfAdapted => "oft_only";

    protected override IReadOnlyList<string> MustBeOff => ["coft", "module_dropout", "r"];

    // PEFT before 0.16 has another OFT with the same name, which takes no size of blocks beside its default rank and refuses the file.
    protected override IReadOnlyList<string> AlwaysWritten => ["oft_block_size"];

    protected override bool HasExcludeModules => true;

    protected override string Defaults => """
        {
          "bias": "none", "block_share": false, "coft": false, "eps": 6e-05, "exclude_modules": null, "fan_in_fan_out": false, "init_weights": true,
          "layers_pattern": null, "layers_to_transform": null, "module_dropout": 0.0, "num_cayley_neumann_terms": 5, "oft_block_size": 32, "r": 0,
          "use_cayley_neumann": true
        }
        """;

    protected override OFTMethod ReadOptions(PeftKeys keys) => new()
    {
        BlockSize = keys.Size("oft_block_size"),
        CayleyNeumann = keys.Boolean("use_cayley_neumann"),
        CayleyNeumannTerms = keys.Size("num_cayley_neumann_terms"),
        BlockShare = keys.Boolean("block_share"),
    };

    protected override void WriteOptions(OFTMethod method, JsonObject keys, PeftTargets targets)
    {
        keys["oft_block_size"] = method.BlockSize;
        keys["use_cayley_neumann"] = method.CayleyNeumann;
        keys["num_cayley_neumann_terms"] = method.CayleyNeumannTerms;
        keys["block_share"] = method.BlockShare;
    }
}
