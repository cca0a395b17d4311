namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>Maps values onto an axis, from 0 at its start to 1 at its end, and says where its ticks are.</summary>
internal abstract class ChartScale
{
    /// <summary>Where a value lies; outside of 0 to 1 when it is outside of the ticks.</summary>
    public abstract double Position(double value);

    /// <summary>The values that get a grid line and a label, in ascending order; at least two, the axis' ends among them.</summary>
    public abstract IReadOnlyList<double> Ticks { get; }

    /// <summary>The text of a tick.</summary>
    public virtual string Label(double tick) => ChartNumber.Format(tick);

    /// <summary>False when the scale has no place for a value.</summary>
    public virtual bool Holds(double value) => double.IsFinite(value);
}
