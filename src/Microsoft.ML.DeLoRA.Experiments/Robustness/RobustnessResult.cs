using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>What came out of one run of a sweep; one JSON file each.</summary>
public sealed record RobustnessResult : IRunResult<RobustnessResult>
{
    /// <summary>Which rates were multiplied.</summary>
    public required RobustnessSweep Sweep { get; init; }

    /// <summary>What they were multiplied by.</summary>
    public required double Factor { get; init; }

    /// <summary>The linear layer that was measured.</summary>
    public required string Module { get; init; }

    /// <summary>
    /// Its distance from the pretrained weight over the steps; empty for a method that does not change it in a way that can be merged.
    /// </summary>
    public required IReadOnlyList<StepDistance> Steps { get; init; }

    /// <summary>What the distance can be at most with the strength that the run ended with; null: the method has no bound.</summary>
    public double? Bound { get; init; }

    /// <summary>The settings; rates with the factor applied.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>The run itself; its settings are <see cref="Settings"/> and stand there only.</summary>
    public required GlueResult Run { get; init; }

    /// <summary>The distance after the last step that was done; null when there is none.</summary>
    [JsonIgnore]
    public double? Distance => Steps.Count == 0 ? null : Steps[^1].Distance;

    /// <summary>What the charts call it: the method, and the sweep when it is not of both rates.</summary>
    [JsonIgnore]
    public string Series => Sweep switch
    {
        RobustnessSweep.Lambda => $"{Run.Method}, lambda only",
        RobustnessSweep.BA => $"{Run.Method}, BA only",
        _ => Run.Method,
    };

    /// <summary>Writes the file; its folder is made when it is not there.</summary>
    public void Write(string path) => ResultFile.Write(path, this);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static RobustnessResult Read(string path) => ResultFile.Read<RobustnessResult>(path, "a robustness run");
}
