using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

/// <summary>GLUE runs on the tiny base model that are stopped and go on.</summary>
internal static class StoppedRuns
{
    /// <summary>Six epochs of eight steps, with dropout, whose best epoch is not the last.</summary>
    public static GlueSettings Settings()
    {
        GlueSettings preset = GlueSettings.Preset(GlueTasks.Rte, "DeLoRA", 42);
        return preset with
        {
            BaseModel = TinyBase.Directory,
            Adapter = (DeLoRAMethod)preset.Adapter! with { Rank = 4, Dropout = 0.1 },
            Training = preset.Training with { Epochs = 6, BatchSize = 8, LearningRate = 0.005 },
            CheckpointInterval = TimeSpan.Zero,
        };
    }

    public static TemporaryDirectory Data()
    {
        var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 30);
        return folder;
    }

    /// <summary>Stops a run by its token after some reports (each step and each epoch is one).</summary>
    public static void Cancel(Action<IGlueProgress, CancellationToken> run, int reports)
    {
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => run(new After(reports, source.Cancel), source.Token));
    }

    /// <summary>Ends a run as a crash does, without leave to write a checkpoint.</summary>
    public static void Crash(Action<IGlueProgress, CancellationToken> run, int reports)
        => Assert.Throws<TimeoutException>(() => run(new After(reports, () => throw new TimeoutException()), default));

    /// <summary>A result file's content but for times and machine.</summary>
    public static string Content(string file)
    {
        JsonObject content = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        // It is over the times, too.
        Assert.True(content.Remove("crc32c"));
        foreach (JsonObject run in new[] { content, content["run"] as JsonObject }.OfType<JsonObject>())
        {
            run.Remove("seconds");
            run.Remove("environment");
        }
        return content.ToJsonString();
    }

    private sealed class After(int reports, Action act) : IGlueProgress
    {
        private int _seen;

        public void Report(TrainingProgress value)
        {
            if (++_seen == reports)
                act();
        }

        public void Note(string message)
        {
        }
    }
}
