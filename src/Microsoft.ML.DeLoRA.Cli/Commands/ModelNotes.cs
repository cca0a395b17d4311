using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>
/// What the tool remembers of a model's training. It is an annotation of the input schema in the ML.NET model file, so other programs
/// load the model as if it were not there, and a model without it works.
/// </summary>
internal sealed record ModelNotes
{
    private const string Annotation = "DeLoRATool";

    private static readonly JsonSerializerOptions _json =
        new(SnakeCaseJson.Open) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The columns of the training file; null: not known.</summary>
    public DataColumns? Columns { get; init; }

    /// <summary>The base model as it was named; null: not known.</summary>
    public string? Base { get; init; }

    /// <summary>The version of the tool that saved the model.</summary>
    public string? Version { get; init; }

    /// <summary>How training went; null: not known.</summary>
    public TrainingNotes? Training { get; init; }

    /// <summary>The version of this tool.</summary>
    public static string ToolVersion { get; } =
        typeof(ModelNotes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? "unknown";

    /// <summary>The notes on a model that was just trained.</summary>
    public static ModelNotes Of(ITransformer model, DataColumns columns, string baseModel) => new()
    {
        Columns = columns,
        Base = baseModel,
        Version = ToolVersion,
        Training = SavedModels.Transformer(model)?.Training is { } training ? TrainingNotes.Of(training) : null,
    };

    /// <summary>The schema of a model's input with the notes in it.</summary>
    public DataViewSchema Schema(MLContext context)
    {
        ReadOnlyMemory<char> text = JsonSerializer.Serialize(this, _json).AsMemory();
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(Annotation, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = text);
        var schema = new DataViewSchema.Builder();
        foreach (DataViewSchema.Column column in context.Data.LoadFromEnumerable<LabelledText>([]).Schema)
        {
            schema.AddColumn(column.Name, column.Type,
                column.Name == nameof(LabelledText.Text) ? annotations.ToAnnotations() : column.Annotations);
        }
        return schema.ToSchema();
    }

    /// <summary>The notes in a loaded model's schema; empty ones when there are none.</summary>
    public static ModelNotes Read(DataViewSchema? schema)
    {
        DataViewSchema.Annotations? annotations = schema?.GetColumnOrNull(nameof(LabelledText.Text))?.Annotations;
        if (annotations?.Schema.GetColumnOrNull(Annotation)?.Type is not TextDataViewType)
            return new ModelNotes();
        ReadOnlyMemory<char> text = default;
        annotations.GetValue(Annotation, ref text);
        return Parse(text.Span);
    }

    /// <summary>Notes as a file has them; it is not trusted.</summary>
    /// <exception cref="InvalidDataException">They are none.</exception>
    internal static ModelNotes Parse(ReadOnlySpan<char> json)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelNotes>(json, _json) ?? new ModelNotes();
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The model file is damaged: what it remembers of its training is not readable: {e.Message}", e);
        }
    }
}

/// <summary>How training went.</summary>
internal sealed record TrainingNotes
{
    public int Epochs { get; init; }

    public bool StoppedEarly { get; init; }

    /// <summary>The epoch whose parameters the model has.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Its loss on the training rows.</summary>
    public double? TrainingLoss { get; init; }

    /// <summary>What chose it; null: there were no rows to evaluate on.</summary>
    public string? Metric { get; init; }

    public double? MetricValue { get; init; }

    public long TrainedParameters { get; init; }

    public static TrainingNotes Of(TrainingResult training) => new()
    {
        Epochs = training.Epochs.Count,
        StoppedEarly = training.StoppedEarly,
        BestEpoch = training.Best.Epoch,
        TrainingLoss = double.IsFinite(training.Best.TrainingLoss) ? training.Best.TrainingLoss : null,
        Metric = training.Best.ValidationMetric is null ? null : training.MetricName,
        MetricValue = training.Best.ValidationMetric is { } value && double.IsFinite(value) ? value : null,
        TrainedParameters = training.TrainedParameterCount,
    };
}
