using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Losses;

/// <summary>
/// What training minimises: a weighted mean over rows. A step of several batches takes each batch's mean times its share of the
/// weights, which is the mean over all the step's rows.
/// </summary>
internal abstract class TrainingLoss
{
    /// <summary>The weighted mean over some rows, a single number with gradient.</summary>
    /// <param name="outputs">What the model puts out for them, [rows, outputs].</param>
    /// <param name="data">The training set.</param>
    /// <param name="rows">The rows, by number.</param>
    public abstract Tensor Mean(Tensor outputs, TrainingData data, ReadOnlySpan<int> rows);

    /// <summary>The sum of the rows' weights, above 0; by default each row counts 1.</summary>
    public virtual double Weight(TrainingData data, ReadOnlySpan<int> rows) => rows.Length;

    /// <summary>The loss that the options ask for.</summary>
    /// <exception cref="ArgumentException">An option does not fit the data.</exception>
    public static TrainingLoss Create(TrainingOptions options, TrainingData training)
    {
        if (training.ClassCount == 0)
        {
            if (options.ClassWeights is not null || options.FocalGamma is not null || options.LabelSmoothing > 0)
                throw new ArgumentException($"{nameof(options.ClassWeights)}, {nameof(options.LabelSmoothing)} and "
                    + $"{nameof(options.FocalGamma)} "
                    + "are for classes; the targets here are numbers.", nameof(options));
            return new SquaredErrorLoss();
        }
        float[]? weights = options.ClassWeights?.For(training);
        return (training.IsMultiLabel, options.FocalGamma) switch
        {
            (false, null) => new SoftmaxLoss(weights, options.LabelSmoothing),
            (false, { } gamma) => new FocalLoss(weights, gamma),
            (true, null) => new SigmoidLoss(weights, options.LabelSmoothing),
            (true, { } gamma) => new SigmoidFocalLoss(weights, gamma),
        };
    }

    /// <summary>The sum of the weights of the rows' classes.</summary>
    private protected static double ClassWeight(float[]? weights, TrainingData data, ReadOnlySpan<int> rows)
    {
        if (weights is null)
            return rows.Length;
        double sum = 0;
        foreach (int row in rows)
            sum += weights[(int)data.TargetsOf(row)[0]];
        return sum;
    }
}
