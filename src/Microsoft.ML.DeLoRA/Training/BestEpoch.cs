using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Keeps a copy of the trained values of the best epoch so far.</summary>
internal sealed class BestEpoch(AdamW optimizer, bool higherIsBetter) : IDisposable
{
    private IReadOnlyList<Tensor> _values = [];

    /// <summary>The best epoch so far; null before the first.</summary>
    public EpochResult? Result { get; private set; }

    /// <summary>The best epoch's values by parameter, as views of the live ones; empty before the first epoch's end.</summary>
    public IEnumerable<(string Name, Tensor View)> Parts => optimizer.Parts(_values);

    /// <summary>Keeps the current values if this epoch is better than all before, or if there is no validation set.</summary>
    /// <returns>Whether they were kept.</returns>
    public bool Offer(EpochResult epoch)
    {
        if (Result is not null && !IsBetter(epoch, Result))
            return false;
        Keep(epoch);
        return true;
    }

    /// <summary>Takes the current values as those of the best epoch.</summary>
    public void Keep(EpochResult epoch)
    {
        Result = epoch;
        Dispose();
        _values = optimizer.CopyValues();
    }

    /// <summary>Brings the best epoch's values back; before the first epoch's end it leaves them as they are.</summary>
    public void Restore()
    {
        if (_values.Count > 0)
            optimizer.RestoreValues(_values);
    }

    public void Dispose()
    {
        foreach (Tensor value in _values)
            value.Dispose();
        _values = [];
    }

    private bool IsBetter(EpochResult epoch, EpochResult best)
    {
        if (epoch.ValidationMetric is not { } metric || best.ValidationMetric is not { } bestMetric)
            return true;
        // A metric that is not defined, such as the correlation of equal outputs, is worse than any; of several such the loss decides.
        if (double.IsFinite(bestMetric) != double.IsFinite(metric))
            return double.IsFinite(metric);
        bool isEqual = metric == bestMetric || !double.IsFinite(metric);
        return isEqual ? epoch.ValidationLoss < best.ValidationLoss : higherIsBetter == metric > bestMetric;
    }
}
