using System.Text.Json;
using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Experiments.Robustness;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

/// <summary>The library's words in a message become the command line's.</summary>
public class OptionNamesTests
{
    private static readonly Type[] _options =
    [
        typeof(TrainingOptions), typeof(EarlyStopping), typeof(CheckpointOptions), typeof(DeLoRATextClassificationOptions),
        typeof(DeLoRATextRegressionOptions),
        typeof(DeLoRATextMultiLabelClassificationOptions), typeof(GlueSettings), typeof(RobustnessSettings),
    ];

    // What no command sets, so that no message to its user can be about it.
    private static readonly string[] _notSettable =
    [
        // The tool names its own columns.
        "ScoreColumnName", "PredictedLabelColumnName", "PredictedLabelsColumnName",
        // Always 0.5; the names come from the file.
        "Threshold", "LabelNames",
        // Minutes and steps are enough.
        "EveryEpoch",
        // Objects around other options, and what is no setting.
        "Training", "Base", "Progress", "CancellationToken",
    ];

    public static TheoryData<string> Names() => new(
        _options.SelectMany(t => t.GetProperties()).Where(p => p.CanWrite).Select(p => p.Name).Except(_notSettable).Distinct());

    public static TheoryData<string> MethodOptions() => new(
        AdapterMethods.All.SelectMany(m => m.GetType().GetProperties()).Where(p => p.CanWrite).Select(p => p.Name).Distinct());

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_of_the_library_has_its_flag(string name)
    {
        string flag = OptionNames.Flags[name];
        Assert.Contains(Tool.CreateRoot().Subcommands, c => c.Options.Any(o => o.Name == flag));
        Assert.Equal($"{flag} is 3; it must be at least 4.", OptionNames.Translate($"{name} is 3; it must be at least 4."));
        Assert.Equal($"use {flag} to go on.", OptionNames.Translate($"set {name} to go on."));
    }

    [Theory]
    [MemberData(nameof(MethodOptions))]
    public void Every_option_of_a_method_has_its_flag(string name)
    {
        string translated = OptionNames.Translate($"{name} is 3; it must be at least 4.");
        string flag = name is "Rank" or "Lambda" or "Dropout"
            ? $"--{name.ToLowerInvariant()}"
            : $"--set {JsonNamingPolicy.SnakeCaseLower.ConvertName(name)}";
        Assert.Equal($"{flag} is 3; it must be at least 4.", translated);
    }

    [Fact]
    public void What_no_command_sets_is_still_there()
    {
        // A name that is gone would excuse another option of that name.
        HashSet<string> all = [.. _options.SelectMany(t => t.GetProperties()).Where(p => p.CanWrite).Select(p => p.Name)];
        Assert.All(_notSettable, name => Assert.Contains(name, all));
    }

    [Theory]
    [InlineData("Training.EarlyStopping needs rows to validate on; set ValidationSet or ValidationFraction.",
        "--patience needs rows to validate on; use --eval or --eval-fraction.")]
    [InlineData("FocalGamma is 2; it must be null when there is LabelSmoothing.",
        "--focal is 2; it cannot be given together with --label-smoothing.")]
    [InlineData("MaxLength is 3; it must be null or at least 4.", "--max-length is 3; it must be at least 4.")]
    [InlineData("Checkpoints.EverySteps is 0; it must be null or at least 1.", "--checkpoint-every-steps is 0; it must be at least 1.")]
    [InlineData("'runs' has checkpoints; set Resume to go on from them, give another directory, or delete them.",
        "'runs' has checkpoints; use --resume to go on from them, give another directory, or delete them.")]
    [InlineData("Lower the learning rate, or set MaxGradientNorm; if it happens in the first step",
        "Lower the learning rate, or use --max-gradient-norm; if it happens in the first step")]
    [InlineData("because it was another one: training.Epochs was 3 and is 4; adapter.Rank was 8 and is 4.",
        "because it was another one: --epochs was 3 and is 4; --rank was 8 and is 4.")]
    [InlineData("12 rows lost their ends; MaxLength sets that length.", "12 rows lost their ends; --max-length sets that length.")]
    [InlineData("Rank and file. Every task, Schedule and Metric: words.", "Rank and file. Every task, Schedule and Metric: words.")]
    [InlineData("There is no file 'MaxLength is.tsv'.", "There is no file 'MaxLength is.tsv'.")]
    [InlineData("The model's MaxLength is 3, the user's too.", "The model's --max-length is 3, the user's too.")]
    [InlineData("System.IO.Directory is full; MaxLengthened; My.Rank", "System.IO.Directory is full; MaxLengthened; My.Rank")]
    public void A_message_is_translated(string message, string expected) => Assert.Equal(expected, OptionNames.Translate(message));

    [Theory]
    [InlineData("training.Schedule was ConstantSchedule and is LinearSchedule", "--schedule was constant and is linear")]
    [InlineData("training.Schedule was CosineSchedule and is LinearSchedule", "--schedule was cosine and is linear")]
    [InlineData("as with ConstantSchedule and a WarmupRatio of 0", "as with --schedule constant and a --warmup-ratio of 0")]
    [InlineData("instead of 0.1 (LinearSchedule, WarmupRatio 0)", "instead of 0.1 (--schedule linear, --warmup-ratio 0)")]
    public void Schedules_are_named_as_their_option_does(string message, string said) => Assert.Equal(said, OptionNames.Translate(message));
}
