using System.Globalization;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// A task of GLUE (Wang et al.: GLUE, ICLR 2019): its files, labels, sizes, metrics, and the DeLoRA paper's hyperparameters.
/// </summary>
/// <remarks>Immutable. <see cref="GlueTasks"/> has the nine.</remarks>
public sealed record GlueTask
{
    /// <summary>The name, which is also that of the folder in the official distribution, such as <c>SST-2</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name of Hugging Face's configuration, such as <c>sst2</c>.</summary>
    public required string Configuration { get; init; }

    /// <summary>The columns of the official TSV files.</summary>
    public required GlueColumns TsvColumns { get; init; }

    /// <summary>All columns of TSV files that have no line of column names; null (default): the first line names them.</summary>
    public IReadOnlyList<string>? TsvHeader { get; init; }

    /// <summary>
    /// True when the official TSV files hold lines that were cut in two (QQP): lines with another number of fields than the first are then
    /// left out and listed, as Hugging Face does. False (default) refuses them.
    /// </summary>
    public bool HasBrokenLines { get; init; }

    /// <summary>The fields of Hugging Face's JSON lines.</summary>
    public required GlueColumns JsonColumns { get; init; }

    /// <summary>
    /// The classes' names in the order of their numbers, which are Hugging Face's; empty (default): the label is a score (regression).
    /// </summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Largest score of a regression task; the smallest is 0.</summary>
    public float LargestScore { get; init; }

    /// <summary>Rows of the official training set.</summary>
    public required int TrainCount { get; init; }

    /// <summary>Rows of the official validation set; MNLI's matched one.</summary>
    public required int ValidationCount { get; init; }

    /// <summary>Rows of the mismatched validation set; 0 (default) when the task has none.</summary>
    public int MismatchedCount { get; init; }

    /// <summary>
    /// Rows of the validation set that the paper keeps for validation; null (default): half, rounded down. See <see cref="PaperSplit"/>.
    /// </summary>
    public int? ValidationRows { get; init; }

    /// <summary>True when the paper takes the first half for test (CoLA).</summary>
    public bool SwapsHalves { get; init; }

    /// <summary>What the paper's tables show.</summary>
    public required IMetric Metric { get; init; }

    /// <summary>What chooses the best epoch; null (default): <see cref="Metric"/>.</summary>
    public IMetric? SelectionMetric { get; init; }

    /// <summary>Other figures worth reporting.</summary>
    public IReadOnlyList<IMetric> OtherMetrics { get; init; } = [];

    /// <summary>The paper's hyperparameters.</summary>
    public required GluePreset Preset { get; init; }

    /// <summary>True for two texts a row.</summary>
    public bool IsPair => TsvColumns.Second is not null;

    /// <summary>True when the label is a score.</summary>
    public bool IsRegression => Labels.Count == 0;

    /// <summary>Outputs of a model for this task.</summary>
    public int OutputCount => IsRegression ? 1 : Labels.Count;

    /// <summary>All figures of the task.</summary>
    internal IEnumerable<IMetric> Metrics => [Metric, .. OtherMetrics];

    /// <summary>The class number of a label given by name or number, or the score.</summary>
    /// <exception cref="FormatException">It is none; the message says what is allowed.</exception>
    internal float ParseLabel(string text) => IsRegression ? ParseScore(text) : ParseClass(text);

    private float ParseScore(string text)
        => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float score) && score >= 0 && score <= LargestScore
            ? score
            : throw new FormatException($"the score '{text}' is not a number from 0 to {LargestScore}");

    private int ParseClass(string text)
    {
        for (int i = 0; i < Labels.Count; i++)
        {
            if (text == Labels[i] || text == i.ToString(CultureInfo.InvariantCulture))
                return i;
        }
        throw new FormatException($"the label '{text}' is none of {string.Join(", ", Labels.Select((l, i) => $"{i} ({l})"))}"
            + (text == "-1" ? "; -1 stands for the hidden labels of a test set" : ""));
    }
}
