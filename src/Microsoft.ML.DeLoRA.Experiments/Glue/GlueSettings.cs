using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.IO;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>All that decides how a GLUE run goes, apart from the data.</summary>
public sealed record GlueSettings
{
    private static readonly JsonSerializerOptions _json =
        new(SnakeCaseJson.Open) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The task.</summary>
    public required GlueTask Task { get; init; }

    /// <summary>The adapter method; null trains the head only.</summary>
    public required AdapterMethod? Adapter { get; init; }

    /// <summary>
    /// How to train; its seed, at least 0, is also that of <see cref="PaperSplit"/> and of all initial values. No
    /// <see cref="TrainingOptions.Checkpoints"/>: see <see cref="CheckpointInterval"/>.
    /// </summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>The base model; see <see cref="Models.BaseModel.Open"/>.</summary>
    public string BaseModel { get; init; } = Models.BaseModel.EmbeddedName;

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

    /// <summary>
    /// The settings as they stand in a result file: the key by which a result is used again, so whatever changes a result has to be here.
    /// What a file of an earlier version lacks is null, so an option's default is null wherever that is not too late.
    /// </summary>
    internal JsonObject ToJson() => new()
    {
        ["task"] = Task.Name,
        ["task_options"] = TaskOptions(),
        ["method"] = Method,
        ["adapter"] = AdapterJson(),
        ["base"] = BaseModel,
        ["seed"] = Training.SeedOrZero,
        ["epochs"] = Training.Epochs,
        ["batch_size"] = Training.BatchSize,
        ["gradient_accumulation_steps"] = Training.GradientAccumulationSteps,
        ["learning_rate"] = Training.LearningRate,
        ["lambda_learning_rate"] = Training.LambdaLearningRate,
        ["head_learning_rate"] = Training.HeadLearningRate,
        ["weight_decay"] = Training.WeightDecay,
        ["lambda_weight_decay"] = Training.LambdaWeightDecay,
        ["warmup_ratio"] = Training.WarmupRatio,
        ["warmup_steps"] = Training.WarmupSteps,
        ["beta1"] = NullIf(Training.Beta1, 0.9),
        ["beta2"] = NullIf(Training.Beta2, 0.999),
        ["epsilon"] = NullIf(Training.Epsilon, 1e-8),
        ["schedule"] = Training.Schedule.GetType().Name,
        ["schedule_options"] = Options(Training.Schedule),
        ["max_gradient_norm"] = Training.MaxGradientNorm,
        ["evaluate_every_steps"] = Training.EvaluateEverySteps,
        ["early_stopping"] = Training.EarlyStopping is null ? null : Options(Training.EarlyStopping),
        ["class_weights"] = Training.ClassWeights is { } weights
            ? weights.Values is { } values ? new JsonArray([.. values.Select(v => JsonValue.Create(v))]) : "balanced" : null,
        ["label_smoothing"] = NullIf(Training.LabelSmoothing, 0),
        ["focal_gamma"] = Training.FocalGamma,
        ["max_length"] = MaxLength,
        ["max_rows"] = MaxRows,
        ["precision"] = Precision.ToString(),
    };

    private static double? NullIf(double value, double usual) => value == usual ? null : value;

    private JsonNode? AdapterJson()
    {
        if (Adapter is null)
            return null;
        using var stream = new MemoryStream();
        AdapterMethodJson.Write(stream, Adapter);
        return JsonNode.Parse(stream.ToArray());
    }

    /// <summary>What a task of one's own has else than GLUE's of that name; null: nothing.</summary>
    private JsonObject? TaskOptions()
    {
        GlueTask? official = GlueTasks.All.FirstOrDefault(t => t.Name == Task.Name);
        var options = new JsonObject();
        Add("tsv_columns", t => t.TsvColumns.ToString());
        Add("tsv_header", t => t.TsvHeader is null ? null : string.Join('\t', t.TsvHeader));
        Add("has_broken_lines", t => t.HasBrokenLines.ToString());
        Add("json_columns", t => t.JsonColumns.ToString());
        Add("labels", t => string.Join('\t', t.Labels));
        Add("largest_score", t => t.LargestScore.ToString("R", CultureInfo.InvariantCulture));
        Add("validation_rows", t => t.ValidationRows?.ToString(CultureInfo.InvariantCulture));
        Add("swaps_halves", t => t.SwapsHalves.ToString());
        Add("metric", t => t.Metric.Name);
        Add("selection_metric", t => t.SelectionMetric?.Name);
        Add("other_metrics", t => string.Join('\t', t.OtherMetrics.Select(m => m.Name)));
        Add("mismatched", t => (t.MismatchedCount > 0).ToString());
        return options.Count == 0 ? null : options;

        void Add(string name, Func<GlueTask, string?> value)
        {
            if (official is null || value(Task) != value(official))
                options[name] = value(Task);
        }
    }

    /// <summary>A record's own options; null when it has none.</summary>
    private static JsonObject? Options(object options)
        => JsonSerializer.SerializeToNode(options, options.GetType(), _json)!.AsObject() is { Count: > 0 } members ? members : null;
}
