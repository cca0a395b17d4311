using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

/// <summary>Small runs on the tiny base model, and results without any run.</summary>
internal static class RobustnessRuns
{
    public const string Module = "encoder.layer.1.attention.self.query";

    public static RobustnessSettings Settings(string method)
    {
        RobustnessSettings preset = RobustnessSettings.Preset(GlueTasks.Rte, method, 42, Module);
        return preset with
        {
            Base =
            preset.Base with { BaseModel = TinyBase.Directory, Training = preset.Base.Training with { Epochs = 2, BatchSize = 8 } }
        };
    }

    public static RobustnessRun Plan(TemporaryDirectory folder, RobustnessSettings settings)
        => new(settings, new GlueDirectory(folder["data"]), folder["out"]);

    /// <summary>A result with the distance 1, 2, 3, ... times the factor.</summary>
    public static RobustnessResult Result(string method, double factor, double metric, RobustnessSweep sweep = RobustnessSweep.Both,
        int seed = 42)
    {
        RobustnessSettings settings = Settings(method) with { Factor = factor, Sweep = sweep };
        return new RobustnessResult
        {
            Sweep = sweep, Factor = factor, Module = Module, Settings = settings.ToJson(),
            Steps = [.. Enumerable.Range(1, 5).Select(step => new StepDistance(step, step * factor))],
            Run = new GlueResult
            {
                Task = "RTE", Method = method, Seed = seed, Metric = "accuracy", SelectionMetric = "accuracy",
                Test = new Dictionary<string, double> { ["accuracy"] = metric }, Epochs = [],
                Diverged = double.IsNaN(metric) ? "loss, \"NaN\"" : null,
                TrainRows = 60, ValidationRows = 10, TestRows = 10, TruncatedRows = 0, BrokenLines = [], TrainableParameters = 1000,
                HeadParameters = 100,
                Seconds = 1.5, Settings = [],
                Environment = new RunEnvironment("2025-01-01", "<cpu>", 2, 1, "Linux", ".NET 10", "0.1.0", null, null),
            },
        };
    }
}
