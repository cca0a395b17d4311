using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Training.Runs;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>Measures the distance of one weight about forty times over a training, at its first and last steps among others.</summary>
internal sealed class DistanceRecorder(WeightDistance weight) : IRunJournal
{
    private const int Points = 40;

    public List<StepDistance> Steps { get; private set; } = [];

    /// <summary>The bound of the distance at the last point.</summary>
    public double? Bound { get; private set; }

    public void Report(TrainingProgress value)
    {
        int interval = Math.Max(1, value.StepCount / Points);
        bool isDue = value.Step % interval == 0 || value.Step == 1 || value.Step == value.StepCount;
        if (value.FinishedEpoch is not null || !isDue || weight.Measure() is not double distance)
            return;
        Steps.Add(new StepDistance(value.Step, distance));
        Bound = weight.Bound();
    }

    public JsonNode Save() => RunJson.Write(new Notes(Steps, Bound));

    public void Load(JsonNode? notes, RunPosition position)
        => (Steps, Bound) = RunJson.Read<Notes>(notes, "distances");

    private sealed record Notes(List<StepDistance> Steps, double? Bound);
}
