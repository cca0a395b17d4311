namespace Microsoft.ML.DeLoRA;

/// <summary>
/// How the learning rate runs over the steps, as a factor on every group's rate: a linear warm-up, then what the derived record says.
/// </summary>
public abstract record LearningRateSchedule
{
    /// <summary>The factor of one step, at least 0; from 0 to 1 in the schedules of this library.</summary>
    /// <param name="step">
    /// The step, from 0. With any warm-up at all, step 0 has factor 0, as in PyTorch and transformers; but a run of one step has no
    /// warm-up, which would leave nothing to learn from.
    /// </param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    /// <param name="warmupRatio">The share of them that is warm-up; the number of warm-up steps is not rounded.</param>
    /// <exception cref="InvalidOperationException">What the derived record says is negative, infinite or NaN.</exception>
    public double Factor(int step, int totalSteps, double warmupRatio)
        => FactorWith(step, totalSteps, warmupRatio * totalSteps);

    /// <summary>The same with a number of warm-up steps.</summary>
    internal double FactorWith(int step, int totalSteps, double warmupSteps)
    {
        if (totalSteps == 1)
            warmupSteps = 0;
        double factor = step < warmupSteps ? step / Math.Max(1, warmupSteps) : AfterWarmup(step, warmupSteps, totalSteps);
        return factor is >= 0 and < double.PositiveInfinity ? factor : throw new InvalidOperationException(FormattableString.Invariant(
            $"The schedule {GetType().Name} gives step {step + 1} of {totalSteps} a learning rate factor of {factor}; ")
            + "it must be a finite number of at least 0.");
    }

    /// <summary>The factor of a step after the warm-up: a finite number of at least 0.</summary>
    protected abstract double AfterWarmup(int step, double warmupSteps, int totalSteps);
}
