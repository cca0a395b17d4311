using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Experiments.Robustness;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>
/// Turns the library's words in a message into the command line's: <c>Epochs is 0</c> into <c>--epochs is 0</c>, <c>set Resume</c> into
/// <c>use --resume</c>. What stands in single quotes is the user's and stays as it is.
/// </summary>
internal static partial class OptionNames
{
    /// <summary>The flag of each option of the library that a command sets.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Flags = new Dictionary<string, string>
    {
        // TrainingOptions
        ["Epochs"] = "--epochs",
        ["BatchSize"] = "--batch",
        ["GradientAccumulationSteps"] = "--gradient-accumulation",
        ["LearningRate"] = "--learning-rate",
        ["LambdaLearningRate"] = "--lambda-learning-rate",
        ["HeadLearningRate"] = "--head-learning-rate",
        ["WeightDecay"] = "--weight-decay",
        ["LambdaWeightDecay"] = "--lambda-weight-decay",
        ["Beta1"] = "--beta1",
        ["Beta2"] = "--beta2",
        ["Epsilon"] = "--epsilon",
        ["WarmupRatio"] = "--warmup-ratio",
        ["WarmupSteps"] = "--warmup-steps",
        ["Schedule"] = "--schedule",
        ["MaxGradientNorm"] = "--max-gradient-norm",
        ["Seed"] = "--seed",
        ["EvaluateEverySteps"] = "--eval-every-steps",
        ["EarlyStopping"] = "--patience",
        ["ClassWeights"] = "--class-weights",
        ["LabelSmoothing"] = "--label-smoothing",
        ["FocalGamma"] = "--focal",
        ["Checkpoints"] = "--checkpoints",
        // EarlyStopping
        ["Patience"] = "--patience",
        ["MinDelta"] = "--min-delta",
        // CheckpointOptions
        ["Directory"] = "--checkpoints",
        ["EverySteps"] = "--checkpoint-every-steps",
        ["Every"] = "--checkpoint-every-minutes",
        ["Keep"] = "--checkpoint-keep",
        ["Resume"] = "--resume",
        // DeLoRATextOptions and those of the tasks
        ["LabelColumnName"] = "--label",
        ["TextColumnName"] = "--text",
        ["SecondTextColumnName"] = "--text2",
        ["BaseModel"] = "--base",
        ["AdapterDirectory"] = "--peft",
        ["Adapter"] = "--method",
        ["MaxLength"] = "--max-length",
        ["ValidationSet"] = "--eval",
        ["ValidationFraction"] = "--eval-fraction",
        ["Metric"] = "--metric",
        ["Precision"] = "--precision",
        // GlueSettings, RobustnessSettings
        ["Task"] = "--task",
        ["MaxRows"] = "--max-rows",
        ["CheckpointInterval"] = "--checkpoint-minutes",
        ["Factor"] = "--factors",
        ["Sweep"] = "--sweep",
        ["Module"] = "--module",
        // MLContext and the calls that import and export
        ["GpuDeviceId"] = "--device",
        ["Device"] = "--device",
        ["Threads"] = "--threads",
        // Options of adapter methods that have a flag of their own; all others: --set.
        ["Rank"] = "--rank",
        ["Lambda"] = "--lambda",
        ["Dropout"] = "--dropout",
    };

    // An option may be named with what it belongs to: Training.EarlyStopping, CheckpointOptions.Resume, adapter.Rank.
    private const string Owners = "training|trainingoptions|checkpoints|checkpointoptions|earlystopping|adapter|options|settings|mlcontext|"
        + @"deloratext\w*options|gluesettings";

    private static readonly Lazy<(Dictionary<string, string> Names, Regex Pattern)> _table = new(CreateTable);

    /// <summary>The message in the command line's words.</summary>
    public static string Translate(string message)
    {
        // Only the parts outside of quotes; a quote within a word is an apostrophe.
        string[] parts = Quotes().Split(message);
        for (int i = 0; i < parts.Length; i += 2)
            parts[i] = Forms(_table.Value.Pattern.Replace(parts[i], Flag));
        return string.Concat(parts);
    }

    private static string Flag(Match match)
    {
        // One word may be an English one, too (Rank, Every): it is an option where something is said of it, or it is to be set.
        string word = match.Groups["name"].Value;
        bool isSure = word.Skip(1).Any(char.IsUpper) || new[] { "owner", "set", "said" }.Any(group => match.Groups[group].Success);
        return isSure ? $"{match.Groups["set"].Value}{_table.Value.Names[word]}" : match.Value;
    }

    // The command line has no null: an option is given or not.
    private static string Forms(string text)
    {
        text = Schedules().Replace(text, match =>
            (match.Groups["value"].Success ? "" : "--schedule ") + match.Groups["kind"].Value.ToLowerInvariant());
        text = NullWhen().Replace(text, "it cannot be given together with");
        text = text.Replace("must be null or ", "must be ", StringComparison.Ordinal);
        return SetFlag().Replace(text, match => match.Value[0] == 'S' ? "Use " : "use ");
    }

    private static (Dictionary<string, string> Names, Regex Pattern) CreateTable()
    {
        var names = new Dictionary<string, string>(Flags);
        IEnumerable<PropertyInfo> options = AdapterMethods.All.SelectMany(m => m.GetType().GetProperties()).Where(p => p.CanWrite);
        foreach (PropertyInfo option in options)
            names.TryAdd(option.Name, $"--set {JsonNamingPolicy.SnakeCaseLower.ConvertName(option.Name)}");
        string any = string.Join('|', names.Keys.OrderByDescending(n => n.Length));
        return (names, new Regex(
            $@"(?<set>\b[Ss]et )?(?<![\w.-])(?<owner>(?i:(?:{Owners})\.)+)?(?<name>{any})(?![\w-])(?!\.\w)"
            + "(?<said>(?= (?:is|was|has|needs) ))?", RegexOptions.CultureInvariant));
    }

    [GeneratedRegex(@"((?<!\w)'(?:[^']|(?<=\w)'(?=\w))*'(?!\w))")]
    private static partial Regex Quotes();

    [GeneratedRegex("it must be null when there is(?: an?)?")]
    private static partial Regex NullWhen();

    // After "was" and "is" it is the value of an option that was named.
    [GeneratedRegex(@"(?<value>(?<=\b(?:was|is) ))?\b(?<kind>Constant|Cosine|Linear)Schedule\b")]
    private static partial Regex Schedules();

    [GeneratedRegex(@"\b[Ss]et (?=--)")]
    private static partial Regex SetFlag();
}
