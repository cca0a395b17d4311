using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>
/// The size of a pretrained attention projection: the mean of the norms of its columns, which DeLoRA's change is measured by. Source: the
/// DeLoRA paper, figure 4.
/// </summary>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Kind">Query, key, value or output.</param>
/// <param name="MeanColumnNorm">Mean over the columns of W [out, in] of their L2 norm.</param>
public sealed record ProjectionNorm(int Layer, string Kind, double MeanColumnNorm)
{
    private static readonly (string Kind, string Suffix)[] _kinds =
    [
        ("query", "attention.self.query"), ("key", "attention.self.key"),
        ("value", "attention.self.value"), ("output", "attention.output.dense"),
    ];

    /// <summary>Measures all attention projections of a base model.</summary>
    public static IReadOnlyList<ProjectionNorm> Measure(BaseModel baseModel)
    {
        ArgumentNullException.ThrowIfNull(baseModel);
        using PackedEncoder encoder = baseModel.CreateEncoder();
        return
        [
            .. from layer in Enumerable.Range(0, baseModel.Configuration.LayerCount)
               from kind in _kinds
               let module = encoder.Linears.Single(l => l.Name == $"encoder.layer.{layer}.{kind.Suffix}")
               select new ProjectionNorm(layer, kind.Kind, Mean(module)),
        ];
    }

    private static double Mean(AdaptableLinear layer)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return layer.Weight.Value.to_type(float64).norm(0).mean().Number();
    }
}
