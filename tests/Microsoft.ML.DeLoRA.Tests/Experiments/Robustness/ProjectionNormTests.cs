using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

public class ProjectionNormTests
{
    [Fact]
    public void Each_attention_projection_has_the_mean_of_its_columns_norms()
    {
        using BaseModel baseModel = BaseModel.Open(TinyBase.Directory);
        IReadOnlyList<ProjectionNorm> norms = ProjectionNorm.Measure(baseModel);
        Assert.Equal(["0 query", "0 key", "0 value", "0 output", "1 query", "1 key", "1 value", "1 output"],
            norms.Select(n => $"{n.Layer} {n.Kind}"));

        using PackedEncoder encoder = baseModel.CreateEncoder();
        float[] weight = encoder.Linears.Single(l => l.Name == "encoder.layer.1.attention.output.dense").Weight.Value.data<float>()
            .ToArray();
        const int size = 32;
        double expected = Enumerable.Range(0, size)
            .Average(column => Math.Sqrt(Enumerable.Range(0, size).Sum(row => Math.Pow(weight[(row * size) + column], 2))));
        Assert.Equal(expected, norms[^1].MeanColumnNorm, 1e-9);
    }
}
