using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>
/// Told how a run goes, and notes what a result will need. The notes are part of every checkpoint, so that they are complete when a stopped
/// run goes on. A run takes it as its progress.
/// </summary>
internal interface IRunJournal : IProgress<TrainingProgress>
{
    /// <summary>The notes as they are now; made by <see cref="RunJson.Write"/>.</summary>
    JsonNode Save();

    /// <summary>Goes on from what <see cref="Save"/> gave when a checkpoint was written; what was noted later is forgotten.</summary>
    /// <param name="notes">The notes; null: the checkpoint has none.</param>
    /// <param name="position">How far the run had come.</param>
    /// <exception cref="InvalidDataException">There are no such notes; nothing has been changed then.</exception>
    void Load(JsonNode? notes, RunPosition position);
}
