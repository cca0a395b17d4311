using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>Bottleneck adapters of the fork that the authors of DeLoRA compare with (LLM-Adapters). PEFT itself does not read it.</summary>
internal sealed class BottleneckFormat : LinearFormat<BottleneckMethod>
{
    private static readonly FrozenDictionary<string, BottleneckActivation> _activations = new Dictionary<string, BottleneckActivation>
    {
        ["tanh"] = BottleneckActivation.Tanh,
        ["gelu"] = BottleneckActivation.Gelu,
        ["relu"] = BottleneckActivation.Relu,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, BottleneckInitialization> _initializations = new Dictionary<string, BottleneckInitialization>
    {
        ["bert"] = BottleneckInitialization.Bert,
        ["mam_adapter"] = BottleneckInitialization.ZeroUp,
    }.ToFrozenDictionary();

    public override string PeftType => "BOTTLENECK";

    public override bool IsOfPeft => false;

    protected override IReadOnlyList<string> MustBeOff => ["use_adapterp"];

    protected override string Defaults => """
        {
          "adapter_dropout": 0.0, "bias": "none", "bottleneck_size": 256, "init_weights": "bert", "non_linearity": "tanh", "scaling": 1.0,
          "use_adapterp": false, "use_parallel_adapter": false
        }
        """;

    protected override BottleneckMethod ReadOptions(PeftKeys keys) => new()
    {
        Size = keys.Size("bottleneck_size"),
        Parallel = keys.Boolean("use_parallel_adapter"),
        Activation = keys.Choice("non_linearity", _activations),
        Scaling = keys.Number("scaling"),
        Initialization = keys.Choice("init_weights", _initializations),
        Dropout = keys.Number("adapter_dropout"),
    };

    protected override void WriteOptions(BottleneckMethod method, JsonObject keys, PeftTargets targets)
    {
        keys["bottleneck_size"] = method.Size;
        keys["use_parallel_adapter"] = method.Parallel;
        keys["non_linearity"] = _activations.Single(a => a.Value == method.Activation).Key;
        keys["scaling"] = PythonJson.Float(method.Scaling);
        keys["init_weights"] = _initializations.Single(i => i.Value == method.Initialization).Key;
        keys["adapter_dropout"] = PythonJson.Float(method.Dropout);
    }
}
