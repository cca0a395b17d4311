using Microsoft.ML.DeLoRA.Adapters;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>Every adapter method in its variants: one row each. The contract tests run over all of them.</summary>
internal static class AdapterMethodTable
{
    private static readonly Dictionary<string, AdapterMethod> _rows = new()
    {
        ["DeLoRA, frozen copy"] = new DeLoRAMethod { Rank = 3, Lambda = 4 },
        ["DeLoRA, B = 0"] = new DeLoRAMethod { Rank = 3, Lambda = 4, Initialization = DeLoRAInitialization.ZeroB },
        ["DeLoRA, every linear layer"] = new DeLoRAMethod { Rank = 1, Lambda = 2, TargetModules = [@"^.*$"] },
        ["DeLoRA, biases of adapted layers"] = new DeLoRAMethod { Rank = 2, Bias = BiasTraining.AdaptedLayers },
        ["DeLoRA, all biases"] = new DeLoRAMethod { Rank = 2, Bias = BiasTraining.All },
    };

    public static TheoryData<string> Names => [.. _rows.Keys];

    public static AdapterMethod Get(string name) => _rows[name];
}
