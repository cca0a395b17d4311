using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>PEFT's VeRA. Without <see cref="VeRAMethod.SaveProjection"/> the shared matrices are drawn again from the seed.</summary>
internal sealed class VeRAFormat : LinearFormat<VeRAMethod>
{
    public override string PeftType => "VERA";

    protected override string BiasOfAdapted => "vera_only";

    protected override string Defaults => """
        {
          "bias": "none", "d_initial": 0.1, "fan_in_fan_out": false, "init_weights": true, "layers_pattern": null, "layers_to_transform": null,
          "projection_prng_key": 0, "r": 256, "save_projection": true, "vera_dropout": 0.0
        }
        """;

    public override bool MayLack(string tensorName) => tensorName is "base_model.vera_A" or "base_model.vera_B";

    public override (AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Tensors) Export(AdapterSet adapters)
        => adapters.Method is VeRAMethod { SaveProjection: false }
            ? (adapters.Method, adapters.Tensors().Where(t => !MayLack(t.Key)).ToDictionary())
            : base.Export(adapters);

    protected override VeRAMethod ReadOptions(PeftKeys keys) => new()
    {
        Rank = keys.Size("r"),
        ProjectionSeed = keys.Integer("projection_prng_key"),
        InitialD = keys.Number("d_initial"),
        SaveProjection = keys.Boolean("save_projection"),
        Dropout = keys.Number("vera_dropout"),
    };

    protected override void WriteOptions(VeRAMethod method, JsonObject keys, PeftTargets targets)
    {
        keys["r"] = method.Rank;
        keys["projection_prng_key"] = method.ProjectionSeed;
        keys["d_initial"] = PythonJson.Float(method.InitialD);
        keys["save_projection"] = method.SaveProjection;
        keys["vera_dropout"] = PythonJson.Float(method.Dropout);
    }
}
