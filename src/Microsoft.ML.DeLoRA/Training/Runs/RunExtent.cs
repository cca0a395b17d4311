namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>How far a run can come; what a checkpoint says is compared with it.</summary>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="StepsPerEpoch">Steps of each.</param>
/// <param name="Validates">Whether there is a validation set.</param>
internal sealed record RunExtent(int Epochs, int StepsPerEpoch, bool Validates)
{
    /// <summary>Throws unless a run can have come there: the counters lead into its plan, and what they promise is there.</summary>
    /// <exception cref="InvalidDataException">It cannot; the message says what is impossible.</exception>
    public void Check(RunPosition position)
    {
        int last = position.Finished ? Epochs + 1 : Epochs;
        Require(position.Epoch >= 1 && position.Epoch <= last, $"epoch {position.Epoch} of {Epochs}");
        Require(position.StepsInEpoch >= 0 && position.StepsInEpoch <= StepsPerEpoch,
            $"{position.StepsInEpoch} steps in an epoch of {StepsPerEpoch}");
        long steps = (position.Epoch - 1L) * StepsPerEpoch + position.StepsInEpoch;
        Require(position.Step == steps, $"step {position.Step} after {steps} steps");
        bool skipsFit = 0 <= position.SkippedInARow
            && position.SkippedInARow <= position.SkippedSteps && position.SkippedSteps <= position.Step;
        Require(skipsFit, $"{position.SkippedInARow} of {position.SkippedSteps} skipped steps of {position.Step}");
        Require(position.MaxRows is null or >= 1, $"at most {position.MaxRows} rows at once");
        Require(double.IsFinite(position.LossSum) && double.IsFinite(position.LossWeight),
            $"a loss of {position.LossSum} over {position.LossWeight}");

        Require(position.Epochs.Count == position.Epoch - 1, $"{position.Epochs.Count} results of {position.Epoch - 1} epochs");
        Require(Validates || position.Evaluations.Count == 0, "evaluations without a validation set");
        bool isMeasured = position.Epochs.Count + position.Evaluations.Count > 0;
        Require(position.Best is not null == isMeasured, isMeasured ? "no best result" : "a best result before the first");
        foreach (EpochResult? result in position.Epochs.Concat(position.Evaluations).Append(position.Best)
            .Where(r => r is not null || isMeasured))
        {
            Require(result is not null, "a result that is null");
            Require(result!.Epoch >= 1 && result.Epoch <= position.Epoch && result.Step >= 0 && result.Step <= position.Step,
                $"a result of epoch {result.Epoch}, step {result.Step}");
            Require(result.ValidationLoss.HasValue == Validates && result.ValidationMetric.HasValue == Validates,
                $"a result {(Validates ? "without" : "with")} validation figures");
        }
    }

    private static void Require(bool possible, string found)
    {
        if (!possible)
            throw new InvalidDataException($"Its position is impossible in this run: {found}.");
    }
}
