using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Glue;

/// <summary>All that decides how a GLUE run goes, apart from the data.</summary>
public sealed record GlueSettings
{
    /// <summary>The task.</summary>
    public required GlueTask Task { get; init; }

    /// <summary>The adapter method; null trains the head only.</summary>
    public required AdapterMethod? Adapter { get; init; }

    /// <summary>
    /// How to train; its seed, at least 0, is also that of <see cref="PaperSplit"/> and of all initial values. No
    /// <see cref="TrainingOptions.Checkpoints"/>: see <see cref="CheckpointInterval"/>.
    /// </summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>The base model; see <see cref="Serving.BaseModel.Open"/>.</summary>
    public string BaseModel { get; init; } = Serving.BaseModel.EmbeddedName;

    /// <summary>Most tokens of a row; default 512, the paper's, or what the base model can take if that is less.</summary>
    public int MaxLength { get; init; } = 512;

    /// <summary>
    /// Training rows to use, for a quick trial: as many, drawn by the seed. Validation and test stay whole. Null (default): all.
    /// </summary>
    public int? MaxRows { get; init; }

    /// <summary>Number format of the frozen products; default float32.</summary>
    public ComputePrecision Precision { get; init; }

    /// <summary>Where it computes, see <see cref="Devices.Parse"/>; null (default): the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>
    /// Time between two checkpoints of a <see cref="GlueRun"/>, from which it goes on when it was stopped; default 10 minutes, 0: one at
    /// the end of each epoch. One is also written when the run is cancelled, and after each epoch that is the best so far.
    /// </summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The method's name.</summary>
    public string Method => Adapter?.Name ?? GlueMethods.HeadOnly;

    /// <summary>The paper's settings of a task and seed; see <see cref="GlueMethods.Create"/>.</summary>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static GlueSettings Preset(GlueTask task, string method, int seed)
    {
        (AdapterMethod? adapter, TrainingOptions training) = GlueMethods.Create(task, method);
        return new GlueSettings { Task = task, Adapter = adapter, Training = training with { Seed = seed } };
    }

    /// <summary>Says which option is out of range.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        Training.Validate();
        if (Training.Seed < 0)
            throw new ArgumentException($"The seed is {Training.Seed}; it must be at least 0.", nameof(Training));
        if (MaxLength < 4)
            throw new ArgumentException($"MaxLength is {MaxLength}; it must be at least 4.", nameof(MaxLength));
        if (MaxRows < 1)
            throw new ArgumentException($"MaxRows is {MaxRows}; it must be null or at least 1.", nameof(MaxRows));
        if (CheckpointInterval < TimeSpan.Zero)
            throw new ArgumentException($"CheckpointInterval is {CheckpointInterval}; it must be at least 0.", nameof(CheckpointInterval));
        if (Training.Checkpoints is not null)
            throw new ArgumentException(
                $"Training.Checkpoints is set; it must be null, since a run has its own, every {nameof(CheckpointInterval)}.",
                nameof(Training));
    }

    /// <summary>The settings as they stand in a result file.</summary>
    internal JsonObject ToJson() => new()
    {
        ["task"] = Task.Name,
        ["method"] = Method,
        ["adapter"] = AdapterJson(),
        ["base"] = BaseModel,
        ["seed"] = Training.Seed,
        ["epochs"] = Training.Epochs,
        ["batch_size"] = Training.BatchSize,
        ["gradient_accumulation_steps"] = Training.GradientAccumulationSteps,
        ["learning_rate"] = Training.LearningRate,
        ["lambda_learning_rate"] = Training.LambdaLearningRate,
        ["head_learning_rate"] = Training.HeadLearningRate,
        ["weight_decay"] = Training.WeightDecay,
        ["lambda_weight_decay"] = Training.LambdaWeightDecay,
        ["warmup_ratio"] = Training.WarmupRatio,
        ["schedule"] = Training.Schedule.GetType().Name,
        ["max_gradient_norm"] = Training.MaxGradientNorm,
        ["max_length"] = MaxLength,
        ["max_rows"] = MaxRows,
        ["precision"] = Precision.ToString(),
    };

    private JsonNode? AdapterJson()
    {
        if (Adapter is null)
            return null;
        using var stream = new MemoryStream();
        AdapterMethodJson.Write(stream, Adapter);
        return JsonNode.Parse(stream.ToArray());
    }
}
