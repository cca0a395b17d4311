using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Training.Runs;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// What a result tells of a training: its epochs, its duration, and what an observer of the model noted. The clock runs from the start.
/// </summary>
/// <param name="progress">Told of everything, too.</param>
/// <param name="observer">Notes more; null: nobody.</param>
internal sealed class GlueJournal(IGlueProgress? progress, IRunJournal? observer) : IRunJournal
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _secondsBefore;

    /// <summary>The epochs that were finished.</summary>
    public List<EpochResult> Epochs { get; private set; } = [];

    /// <summary>The evaluations at the epochs' ends and within them; a run that was stopped early may have none but the latter.</summary>
    public List<EpochResult> Evaluations { get; private set; } = [];

    /// <summary>Time so far; that between a run's last checkpoint and its being killed is not in it.</summary>
    public double Seconds => _secondsBefore + _clock.Elapsed.TotalSeconds;

    // The observer first: a progress that stops the run by an exception leaves no gap in the notes.
    public void Report(TrainingProgress value)
    {
        if (value.FinishedEpoch is { } epoch)
            Epochs.Add(epoch);
        if ((value.FinishedEpoch ?? value.Evaluation) is { } evaluation)
            Evaluations.Add(evaluation);
        observer?.Report(value);
        progress?.Report(value);
    }

    public JsonNode Save() => RunJson.Write(new Notes(Seconds, observer?.Save()));

    public void Load(JsonNode? notes, RunPosition position)
    {
        Notes before = RunJson.Read<Notes>(notes, "journal");
        observer?.Load(before.Observer, position);
        Epochs = [.. position.Epochs];
        Evaluations = [.. position.Evaluations];
        _secondsBefore = before.Seconds;
        progress?.Note($"The run goes on after step {position.Step}, from its last checkpoint.");
    }

    private sealed record Notes(double Seconds, JsonNode? Observer);
}
