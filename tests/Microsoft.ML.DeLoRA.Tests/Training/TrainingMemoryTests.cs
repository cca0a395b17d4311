using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training;

[Collection(LiveTensors.Name)]
public class TrainingMemoryTests
{
    [Fact]
    public void Nothing_is_left_behind_from_step_to_step_and_after_the_run()
    {
        using var setup = new TrainingSetup(dropout: 0.1);
        var options = new TrainingOptions { Epochs = 4, BatchSize = 8, MaxGradientNorm = 1 };
        setup.Train(options with { Epochs = 1 }, Tasks.Classes(), Tasks.Classes(10, seed: 2));
        var counts = new List<long>();
        long before = LiveTensors.Settled();
        setup.Train(options, Tasks.Classes(), Tasks.Classes(10, seed: 2), new ProgressCollector(r => counts.Add(Tensor.TotalCount)));
        Assert.Equal(before, Tensor.TotalCount);
        // The second epoch's reports on; from the first epoch's end there is a copy of the best values.
        Assert.Single(counts.Skip(counts.Count / 4).Distinct());
    }
}
