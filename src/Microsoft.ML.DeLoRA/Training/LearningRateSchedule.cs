namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// How the learning rate runs over the steps, as a factor on every group's rate: a linear warm-up, then what the derived record says.
/// </summary>
public abstract record LearningRateSchedule
{
    /// <summary>The factor of one step, from 0 to 1.</summary>
    /// <param name="step">The step, from 0. With any warm-up at all, step 0 has factor 0.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    /// <param name="warmupRatio">The share of them that is warm-up; the number of warm-up steps is not rounded.</param>
    public double Factor(int step, int totalSteps, double warmupRatio)
    {
        double warmupSteps = warmupRatio * totalSteps;
        return step < warmupSteps ? step / Math.Max(1, warmupSteps) : AfterWarmup(step, warmupSteps, totalSteps);
    }

    /// <summary>The factor of a step after the warm-up.</summary>
    protected abstract double AfterWarmup(int step, double warmupSteps, int totalSteps);
}
