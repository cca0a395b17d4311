using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA;

/// <summary>How much the rows of each class count in the training loss.</summary>
/// <remarks>
/// A row's loss is multiplied by its class's weight and the sum divided by the sum of those weights, as PyTorch's CrossEntropyLoss does.
/// With several labels a row (multi-label) the weight is that of the rows that have the label, PyTorch's <c>pos_weight</c>, and the sum is
/// divided by the number of rows. Immutable.
/// </remarks>
public sealed class ClassWeights
{
    private const double Least = 1e-30;
    private const double Most = 1e30;

    private ClassWeights(IReadOnlyList<double>? values) => Values = values;

    /// <summary>
    /// From the training rows: rows / (classes * rows of the class), as scikit-learn's "balanced"; for several labels a row: rows without
    /// the label / rows with it. What no row has weighs 1.
    /// </summary>
    public static ClassWeights Balanced { get; } = new(null);

    /// <summary>The weights by class index; null: <see cref="Balanced"/>.</summary>
    public IReadOnlyList<double>? Values { get; }

    /// <summary>Given weights.</summary>
    /// <param name="values">One weight from 1e-30 to 1e30 for each class, by class index: losses are 32-bit floats.</param>
    /// <exception cref="ArgumentException">A weight is out of that range, or NaN.</exception>
    public static ClassWeights Of(params IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.FirstOrDefault(v => v is not (>= Least and <= Most), 1) is var wrong and not 1)
            throw new ArgumentException(
                FormattableString.Invariant($"A class weight is {wrong}; it must be a number from {Least} to {Most}."), nameof(values));
        return new ClassWeights([.. values]);
    }

    /// <summary>One weight for each class.</summary>
    /// <exception cref="ArgumentException">There is another number of classes than of weights.</exception>
    internal float[] For(TrainingData training)
    {
        if (Values is { } given)
        {
            if (given.Count != training.ClassCount)
                throw new ArgumentException($"There are {given.Count} class weights for {training.ClassCount} "
                    + "classes; give each class one.", nameof(training));
            return [.. given.Select(v => (float)v)];
        }
        double[] counts = training.RowsByClass();
        return [.. counts.Select(count => (float)(count == 0 ? 1
            : training.IsMultiLabel ? Math.Max(1, training.Count - count) / count
            : training.Count / (counts.Length * count)))];
    }
}
