using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

public class DistanceRecorderTests
{
    [Fact]
    public void A_long_training_is_measured_some_forty_times_at_both_ends_too_and_never_twice()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2 });
        using var weight = new WeightDistance(adapters, RobustnessRuns.Module);
        var recorder = new DistanceRecorder(weight);
        for (int step = 1; step <= 1003; step++)
            recorder.Report(new TrainingProgress(1, 1, step, 1003, 0, 0, 0, default, null));
        recorder.Report(new TrainingProgress(1, 1, 1003, 1003, 0, 0, 0, default, new EpochResult(1, 0, null, null)));
        Assert.Equal([1, 25, 50], recorder.Steps.Take(3).Select(s => s.Step));
        Assert.Equal([1000, 1003], recorder.Steps.TakeLast(2).Select(s => s.Step));
        Assert.Equal(42, recorder.Steps.Count);
        Assert.NotNull(recorder.Bound);
    }
}
