using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>What a model put out for a set of rows, beside what was right. All of it is finite.</summary>
public sealed class Predictions
{
    private readonly float[] _outputs;
    private readonly float[] _targets;

    /// <summary>Takes the arrays over without copying them.</summary>
    /// <param name="outputs">Logits, or values in regression: [rows, <paramref name="outputCount"/>], row by row.</param>
    /// <param name="outputCount">Outputs of each row: the number of classes, or 1 in regression.</param>
    /// <param name="targets">
    /// The class index, from 0, or the value of each row; at least one. Multi-label: 0 or 1 for each label, row by row.
    /// </param>
    /// <param name="targetCount">Targets of each row: 1, or the number of labels.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or there is no row.</exception>
    /// <exception cref="NotFiniteNumberException">An output or a target is NaN or infinite; the message names its row.</exception>
    public Predictions(float[] outputs, int outputCount, float[] targets, int targetCount = 1)
        : this(outputs, outputCount, targets, targetCount, row => $"row {row}")
    {
    }

    /// <summary>The same with other names for the rows, in messages.</summary>
    internal Predictions(float[] outputs, int outputCount, float[] targets, int targetCount, Func<int, string> rowName)
    {
        if (targets.Length == 0)
            throw new ArgumentException("There is no row to evaluate.", nameof(targets));
        int rows = targets.Length / targetCount;
        if (outputs.Length != (long)outputCount * rows)
            throw new ArgumentException($"{rows} rows of {outputCount} outputs were expected; {outputs.Length} numbers were given.",
                nameof(outputs));
        NotFiniteScoreException.Require(outputs, outputCount, rowName);
        NotFiniteScoreException.Require(targets, targetCount, rowName, "target");
        (_outputs, OutputCount, _targets, TargetCount) = (outputs, outputCount, targets, targetCount);
    }

    /// <summary>Number of rows.</summary>
    public int Count => _targets.Length / TargetCount;

    /// <summary>Outputs of each row.</summary>
    public int OutputCount { get; }

    /// <summary>Targets of each row: 1, or the number of labels.</summary>
    public int TargetCount { get; }

    /// <summary>The class index or value that is right for each row; multi-label: 0 or 1 for each label, row by row.</summary>
    public ReadOnlySpan<float> Targets => _targets;

    /// <summary>The outputs of one row.</summary>
    public ReadOnlySpan<float> Outputs(int row) => _outputs.AsSpan(row * OutputCount, OutputCount);

    /// <summary>The class with the largest output of one row; of equal ones the first.</summary>
    public int PredictedClass(int row)
    {
        ReadOnlySpan<float> outputs = Outputs(row);
        int best = 0;
        for (int i = 1; i < outputs.Length; i++)
        {
            if (outputs[i] > outputs[best])
                best = i;
        }
        return best;
    }

    /// <summary>The class that is right for one row.</summary>
    public int TargetClass(int row) => (int)_targets[row];

    /// <summary>The outputs of all rows when each has one: regression.</summary>
    /// <exception cref="ArgumentException">The rows have several outputs.</exception>
    public ReadOnlySpan<float> Values => OutputCount == 1
        ? _outputs
        : throw new ArgumentException($"The rows have {OutputCount} outputs, but this metric is for regression: one output.");
}
