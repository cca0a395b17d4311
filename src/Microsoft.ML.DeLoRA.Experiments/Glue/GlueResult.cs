using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>What came out of a GLUE run; one JSON file each.</summary>
public sealed record GlueResult : IRunResult<GlueResult>
{
    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>The method's name.</summary>
    public required string Method { get; init; }

    /// <summary>The seed of split, initial values, order and dropout.</summary>
    public required int Seed { get; init; }

    /// <summary>The metric that the paper shows; a key of <see cref="Test"/>.</summary>
    public required string Metric { get; init; }

    /// <summary>The metric that chose the epoch.</summary>
    public required string SelectionMetric { get; init; }

    /// <summary>
    /// All metrics on the test part, with the weights of the best evaluation; NaN when the run diverged before there was one, or they
    /// compute NaN.
    /// </summary>
    public required IReadOnlyDictionary<string, double> Test { get; init; }

    /// <summary>The same on MNLI's mismatched set; null when there is none.</summary>
    public IReadOnlyDictionary<string, double>? TestMismatched { get; init; }

    /// <summary>The epoch with the best validation metric, from 1, or in which it was; null when the run diverged.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>Loss and validation metric of each epoch.</summary>
    public required IReadOnlyList<EpochResult> Epochs { get; init; }

    /// <summary>
    /// All evaluations in order, when there were any within epochs (<see cref="TrainingOptions.EvaluateEverySteps"/>); else empty.
    /// </summary>
    public IReadOnlyList<EpochResult> Evaluations { get; init; } = [];

    /// <summary>True when <see cref="TrainingOptions.EarlyStopping"/> ended the run.</summary>
    public bool StoppedEarly { get; init; }

    /// <summary>What made the run diverge; null when it did not. A run that diverged is reported with its best epoch until then.</summary>
    public string? Diverged { get; init; }

    /// <summary>Training rows.</summary>
    public required int TrainRows { get; init; }

    /// <summary>Rows that chose the epoch.</summary>
    public required int ValidationRows { get; init; }

    /// <summary>Rows of the test part.</summary>
    public required int TestRows { get; init; }

    /// <summary>Rows of all parts that were cut to the maximum length.</summary>
    public required int TruncatedRows { get; init; }

    /// <summary>Lines of the training file that were left out as broken.</summary>
    public required IReadOnlyList<int> BrokenLines { get; init; }

    /// <summary>Numbers that training changes, the head's among them.</summary>
    public required long TrainableParameters { get; init; }

    /// <summary>Those of them in the head.</summary>
    public required long HeadParameters { get; init; }

    /// <summary>Duration of training and evaluation.</summary>
    public required double Seconds { get; init; }

    /// <summary>The settings.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>Machine and versions.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>The figure of the paper's tables, from -1 or 0 to 1.</summary>
    [JsonIgnore]
    public double Value => Test.TryGetValue(Metric, out double value) ? value : double.NaN;

    /// <summary>Writes the file; its folder is made when it is not there.</summary>
    public void Write(string path) => ResultFile.Write(path, this);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static GlueResult Read(string path) => ResultFile.Read<GlueResult>(path, "a GLUE run");
}
