using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training;

public class SeedsTests
{
    [Fact]
    public void Each_purpose_of_each_seed_has_a_seed_of_its_own()
    {
        long[] seeds = [0, 1, 2, 42, 43, -1, int.MaxValue, int.MinValue];
        int[] derived = [.. seeds.SelectMany(seed => Enum.GetValues<SeedPurpose>().Select(purpose => Seeds.For(seed, purpose)))];
        Assert.Equal(derived.Length, derived.Distinct().Count());
        Assert.All(derived, d => Assert.InRange(d, 0, int.MaxValue));
        Assert.Equal(Seeds.For(42, SeedPurpose.Head), Seeds.For(42, SeedPurpose.Head));
    }

    // Two generators with equal seeds draw the same numbers: a uniform and a normal value of each, which rise together.
    [Theory]
    [InlineData(0)]
    [InlineData(42)]
    [InlineData(43)]
    public void The_initial_values_of_head_and_adapters_are_not_correlated(int seed)
    {
        using var model = TrainableModel.Create(TinyBase.Directory, new LoRAMethod { Rank = 8 }, outputs: 2, seed, CPU);
        float[] head = model.Classifier.Head.Parameters.Single(p => p.Name == "classifier.dense.weight").Value.ToArray();
        float[] adapter = model.Adapters!.Parameters.First(p => p.Name.EndsWith("lora_A.weight", StringComparison.Ordinal)).Value.ToArray();
        int count = Math.Min(head.Length, adapter.Length);
        Assert.Equal(256, count);
        double correlation = Correlation(head[..count], adapter[..count]);
        // Of 256 independent pairs the deviation is 1 / 16.
        Assert.InRange(correlation, -0.25, 0.25);

        // That the test can fail: values of one seed.
        using var weights = new RandomWeights(TinyBase.Configuration, seed);
        using var generator = new Generator((ulong)seed, CPU);
        using Tensor normal = weights.Get("classifier.dense.weight", [32, 32]);
        using Tensor other = empty(256).normal_(0, 1, generator);
        Assert.InRange(Correlation(normal.ToArray()[..256], other.ToArray()), 0.99, 1 + 1e-9);
    }

    private static double Correlation(float[] x, float[] y)
    {
        double meanX = x.Average(), meanY = y.Average();
        double product = x.Zip(y).Sum(p => (p.First - meanX) * (p.Second - meanY));
        return product / Math.Sqrt(x.Sum(v => (v - meanX) * (v - meanX)) * y.Sum(v => (v - meanY) * (v - meanY)));
    }
}
