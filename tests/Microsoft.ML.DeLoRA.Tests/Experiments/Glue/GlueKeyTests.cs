using System.Reflection;
using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

/// <summary>
/// A result is used again only for the settings that it was made with: whatever option there is, and whatever option is added, is part of
/// the key or stands here with the reason why not.
/// </summary>
public class GlueKeyTests
{
    private static readonly Dictionary<string, string> _notInTheKey = new()
    {
        ["GlueSettings.Device"] = "another device rounds differently, which results of one key may; the result names it",
        ["GlueSettings.CheckpointInterval"] = "how often a run can be gone on with changes nothing of what comes out",
        ["TrainingOptions.Checkpoints"] = "has to be null in a GLUE run",
        ["GlueTask.Configuration"] = "the name of files; the settings are inside of them",
        ["GlueTask.TrainCount"] = "what the official file has, for a note only; the run's own rows are in its checkpoints",
        ["GlueTask.ValidationCount"] = "as TrainCount",
        ["GlueTask.Preset"] = "where Training and Adapter come from, which are in the key",
    };

    private static GlueSettings Settings() => GlueSettings.Preset(GlueTasks.Rte, "DeLoRA", 42);

    private static string Key(GlueSettings settings) => settings.ToJson().ToJsonString();

    private static readonly RobustnessSettings _robustness =
        RobustnessSettings.Preset(GlueTasks.Rte, "DeLoRA", 42, "encoder.layer.1.attention.self.query");

    /// <summary>Each record of options: how a changed one becomes part of the settings' key.</summary>
    private static readonly (object Options, Func<object, string> Key)[] _records =
    [
        (Settings(), o => Key((GlueSettings)o)),
        (Settings().Training, o => Key(Settings() with { Training = (TrainingOptions)o })),
        (new EarlyStopping(), o => Key(Settings() with { Training = new() { EarlyStopping = (EarlyStopping)o } })),
        (new LinearSchedule(), o => Key(Settings() with { Training = new() { Schedule = (LearningRateSchedule)o } })),
        (new ConstantSchedule(), o => Key(Settings() with { Training = new() { Schedule = (LearningRateSchedule)o } })),
        (new Own(), o => Key(Settings() with { Training = new() { Schedule = (LearningRateSchedule)o } })),
        (GlueTasks.Rte, o => Key(Settings() with { Task = (GlueTask)o })),
        (_robustness, o => ((RobustnessSettings)o).ToJson().ToJsonString()),
        .. AdapterMethods.All.Where(m => m.GetType().Assembly == typeof(AdapterMethod).Assembly)
            .Select(m => ((object)m, (Func<object, string>)(o => Key(Settings() with { Adapter = (AdapterMethod)o })))),
    ];

    public static TheoryData<string, string> Options()
    {
        var rows = new TheoryData<string, string>();
        foreach ((object options, _) in _records)
        {
            foreach (PropertyInfo property in Settable(options.GetType()))
                rows.Add(options.GetType().Name, property.Name);
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Every_option_that_changes_a_result_changes_its_key(string type, string name)
    {
        (object options, Func<object, string> key) = _records.Single(r => r.Options.GetType().Name == type);
        PropertyInfo property = options.GetType().GetProperty(name)!;
        object changed = options.GetType().GetMethod("<Clone>$")!.Invoke(options, null)!;
        property.SetValue(changed, Other(property.PropertyType, property.GetValue(options)));
        Assert.NotEqual(property.GetValue(options), property.GetValue(changed));
        if (_notInTheKey.ContainsKey($"{type}.{name}"))
            Assert.Equal(key(options), key(changed));
        else
            Assert.NotEqual(key(options), key(changed));
    }

    [Fact]
    public void What_is_not_in_the_key_is_an_option()
        => Assert.All(_notInTheKey.Keys, name => Assert.Contains(
            _records, r => Settable(r.Options.GetType()).Any(p => $"{r.Options.GetType().Name}.{p.Name}" == name)));

    [Fact]
    public void Class_weights_are_in_the_key_one_by_one()
    {
        ClassWeights?[] weights = [null, ClassWeights.Balanced, ClassWeights.Of(1, 2), ClassWeights.Of(2, 1), ClassWeights.Of(1, 1)];
        string[] keys = [.. weights.Select(w => Key(Settings() with { Training = new() { ClassWeights = w } }))];
        Assert.Equal(5, keys.Distinct().Count());
    }

    [Fact]
    public void A_result_of_before_there_were_these_options_is_one_of_their_defaults()
    {
        JsonObject now = Settings().ToJson();
        JsonObject before = Settings().ToJson();
        foreach (string name in (string[])[
            "task_options", "schedule_options", "evaluate_every_steps", "early_stopping", "class_weights", "label_smoothing", "focal_gamma",
            "warmup_steps", "beta1", "beta2", "epsilon"])
            Assert.True(before.Remove(name), name);
        Assert.Null(ResultFile.Difference(before, now));
    }

    [Fact]
    public void A_result_of_other_options_is_not_used_again()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        GlueSettings settings = StoppedRuns.Settings();
        settings = settings with { Training = settings.Training with { Epochs = 1 } };
        new GlueRun(settings, new GlueDirectory(folder["data"]), folder["out"]).Run();
        foreach (TrainingOptions other in (TrainingOptions[])[
            settings.Training with { EvaluateEverySteps = 2 }, settings.Training with { EarlyStopping = new() },
            settings.Training with { FocalGamma = 2 }, settings.Training with { LabelSmoothing = 0.1 },
            settings.Training with { ClassWeights = ClassWeights.Balanced }])
            Assert.Contains("is the result of other settings", Assert.Throws<InvalidOperationException>(
                () => new GlueRun(settings with { Training = other }, new GlueDirectory(folder["data"]), folder["out"])).Message);
    }

    private static IEnumerable<PropertyInfo> Settable(Type type)
        => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is { IsPublic: true });

    private static object Other(Type type, object? value)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain switch
        {
            _ when plain == typeof(int) => (int)(value ?? 0) + 1,
            _ when plain == typeof(long) => (long)(value ?? 0L) + 1,
            _ when plain == typeof(float) => (float)(value ?? 0f) + 0.25f,
            _ when plain == typeof(double) => (double)(value ?? 0.0) + 0.25,
            _ when plain == typeof(bool) => !(bool)(value ?? false),
            _ when plain == typeof(string) => value + "x",
            _ when plain == typeof(TimeSpan) => (TimeSpan)value! + TimeSpan.FromMinutes(1),
            _ when plain.IsEnum => Enum.GetValues(plain).Cast<object>().First(v => !v.Equals(value)),
            _ when plain == typeof(IReadOnlyList<string>) => (string[])[.. (IEnumerable<string>?)value ?? [], "x"],
            _ when plain == typeof(IReadOnlyList<int>) => (int[])[.. (IEnumerable<int>?)value ?? [], 1],
            _ when plain == typeof(IReadOnlyList<IMetric>) => (IMetric[])[.. (IEnumerable<IMetric>?)value ?? [], new F1Score()],
            _ when plain == typeof(IReadOnlyDictionary<string, int>) => new Dictionary<string, int> { ["x"] = 1 },
            _ when plain == typeof(IReadOnlyDictionary<string, double>) => new Dictionary<string, double> { ["x"] = 1 },
            _ when plain == typeof(GlueTask) => GlueTasks.Wnli,
            _ when plain == typeof(GlueColumns) => new GlueColumns("a", "b", "c"),
            _ when plain == typeof(GluePreset) => GlueTasks.CoLA.Preset,
            _ when plain == typeof(IMetric) => new MacroF1(),
            _ when plain == typeof(AdapterMethod) => new IA3Method(),
            _ when plain == typeof(TrainingOptions) => (TrainingOptions)value! with { Epochs = 77 },
            _ when plain == typeof(LearningRateSchedule) => new ConstantSchedule(),
            _ when plain == typeof(EarlyStopping) => new EarlyStopping(),
            _ when plain == typeof(ClassWeights) => ClassWeights.Balanced,
            _ when plain == typeof(CheckpointOptions) => new CheckpointOptions { Directory = "x" },
            _ when plain == typeof(Device) => CPU,
            _ when plain == typeof(GlueSettings) => (GlueSettings)value! with { MaxLength = 77 },
            _ => throw new NotSupportedException($"Say here what another {type} is; and is the option in the key?"),
        };
    }

    private sealed record Own : LearningRateSchedule
    {
        public double Power { get; init; } = 1;

        protected override double AfterWarmup(int step, double warmupSteps, int totalSteps) => Power;
    }
}
