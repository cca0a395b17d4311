namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>What a model put out for a set of rows, beside what was right.</summary>
public sealed class Predictions
{
    private readonly float[] _outputs;
    private readonly float[] _targets;

    /// <summary>Takes the arrays over without copying them.</summary>
    /// <param name="outputs">Logits, or values in regression: [rows, <paramref name="outputCount"/>], row by row.</param>
    /// <param name="outputCount">Outputs of each row: the number of classes, or 1 in regression.</param>
    /// <param name="targets">The class index, from 0, or the value of each row; at least one.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or there is no row.</exception>
    public Predictions(float[] outputs, int outputCount, float[] targets)
    {
        if (targets.Length == 0)
            throw new ArgumentException("There is no row to evaluate.", nameof(targets));
        if (outputs.Length != (long)outputCount * targets.Length)
            throw new ArgumentException($"{targets.Length} rows of {outputCount} outputs were expected; {outputs.Length} numbers were given.", nameof(outputs));
        (_outputs, OutputCount, _targets) = (outputs, outputCount, targets);
    }

    /// <summary>Number of rows.</summary>
    public int Count => _targets.Length;

    /// <summary>Outputs of each row.</summary>
    public int OutputCount { get; }

    /// <summary>The class index or value that is right for each row.</summary>
    public ReadOnlySpan<float> Targets => _targets;

    /// <summary>The outputs of one row.</summary>
    public ReadOnlySpan<float> Outputs(int row) => _outputs.AsSpan(row * OutputCount, OutputCount);
}
