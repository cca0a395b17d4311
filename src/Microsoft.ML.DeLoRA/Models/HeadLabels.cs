using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>What the outputs of a head mean.</summary>
/// <param name="Kind">Classes, a number or labels.</param>
/// <param name="OutputCount">How many there are.</param>
/// <param name="Names">The names of the outputs, in their order; empty where they have none.</param>
internal sealed record HeadLabels(TextModelKind Kind, int OutputCount, IReadOnlyList<string> Names)
{
    /// <summary>What is known of a base model's own head; null when it has none.</summary>
    public static HeadLabels? Of(BaseModel model)
    {
        if (model.HeadOutputs is not { } outputs)
            return null;
        TextModelKind kind = ProblemTypes.Parse(model.Head.ProblemType, model.Name) ?? TextModelDescription.UsualKind(outputs);
        return new HeadLabels(kind, outputs, model.Head.HasNames && model.Head.Labels.Count == outputs ? model.Head.Labels : []);
    }

    /// <summary>For each of these outputs the one of a trained head that means the same, or null; null when no output does.</summary>
    /// <param name="trained">The trained head.</param>
    /// <param name="inOrder">True takes outputs that have no names on one side for the same, in their order.</param>
    public int?[]? RowsOf(HeadLabels trained, bool inOrder)
    {
        if (trained.Kind != Kind)
            return null;
        bool unnamed = Kind == TextModelKind.Regression || (Names.Count == 0 && trained.Names.Count == 0)
            || (inOrder && (Names.Count == 0 || trained.Names.Count == 0));
        if (unnamed)
            return trained.OutputCount == OutputCount ? [.. Enumerable.Range(0, OutputCount).Select(i => (int?)i)] : null;
        Dictionary<string, int> places = trained.Names.Select((name, i) => (name, i))
            .DistinctBy(p => p.name).ToDictionary(p => p.name, p => p.i);
        int?[] rows = [.. Names.Select(n => places.TryGetValue(n, out int place) ? (int?)place : null)];
        return rows.Any(r => r is not null) ? rows : null;
    }

    /// <summary>For messages.</summary>
    public override string ToString() => Kind == TextModelKind.Regression ? "a regression"
        : $"{OutputCount} {(Kind == TextModelKind.Classification ? "classes" : "labels")}"
            + (Names.Count > 0 ? $" ({LabelNames.Listed(Names)})" : "");
}

/// <summary>
/// The initial weights of a head: a trained one's for the outputs that mean the same there, and fresh ones for the others.
/// </summary>
/// <param name="fresh">The fresh weights.</param>
/// <param name="layout">The head's names.</param>
/// <param name="trained">The trained head, under these names.</param>
/// <param name="trainedOutputs">Its number of outputs.</param>
/// <param name="rows">For each output the trained one, or null.</param>
internal sealed class TakenOverHead(IWeightSource fresh, HeadLayout layout, ITensorSource trained, int trainedOutputs, int?[] rows)
    : IWeightSource
{
    public Tensor Get(string name, ReadOnlySpan<long> shape)
    {
        if (!layout.IsOfOutput(name))
            return trained.Require(name, shape);
        using IDisposable noGrad = no_grad();
        Tensor weights = fresh.Get(name, shape);
        using var scope = NewDisposeScope();
        Tensor own = trained.Require(name, [trainedOutputs, .. shape[1..]]);
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] is { } row)
                weights[i].copy_(own[row]);
        }
        return weights;
    }
}

/// <summary>Checks names of classes or labels that somebody gives.</summary>
internal static class LabelNames
{
    /// <summary>What is wrong with some names; null when each output has one of its own.</summary>
    public static string? FaultOf(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return "there is no name";
        if (names.Any(string.IsNullOrEmpty))
            return "a name is empty or null";
        IGrouping<string, string>? repeated = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1);
        return repeated is null ? null : $"the name '{repeated.Key}' is there {repeated.Count()} times";
    }

    /// <summary>Throws unless there is one name for each output, each another.</summary>
    /// <param name="names">The names, in the order of the outputs.</param>
    /// <param name="outputs">Outputs of the head.</param>
    /// <param name="source">Where the head is, for messages.</param>
    /// <exception cref="InvalidDataException">There is not.</exception>
    public static void Require(IReadOnlyList<string> names, int outputs, string source)
    {
        if (names.Count != outputs)
            throw new InvalidDataException($"'{source}': the head has {outputs} outputs but {names.Count} labels ({Listed(names)}); "
                + "give one name for each output, in the order of the outputs.");
        if (FaultOf(names) is { } fault)
            throw new InvalidDataException($"'{source}': the labels cannot be used: {fault}. Give each output a name of its own.");
    }

    /// <summary>The names for a message.</summary>
    public static string Listed(IReadOnlyList<string> names)
        => names.Count == 0 ? "none" : string.Join(", ", names.Take(10).Select(n => $"'{n}'")) + (names.Count > 10 ? ", ..." : "");
}

/// <summary>Hugging Face's names of what a head says.</summary>
internal static class ProblemTypes
{
    public static string Of(TextModelKind kind) => kind switch
    {
        TextModelKind.Regression => "regression",
        TextModelKind.MultiLabelClassification => "multi_label_classification",
        _ => "single_label_classification",
    };

    /// <summary>The kind of a name; null for null.</summary>
    /// <exception cref="InvalidDataException">There is no such name.</exception>
    public static TextModelKind? Parse(string? name, string source)
    {
        if (name is null)
            return null;
        foreach (TextModelKind kind in Enum.GetValues<TextModelKind>())
        {
            if (Of(kind) == name)
                return kind;
        }
        string known = string.Join(", ", Enum.GetValues<TextModelKind>().Select(k => $"'{Of(k)}'"));
        throw new InvalidDataException($"{source}: problem_type is '{name}'; there are {known}.");
    }
}

/// <summary>
/// <c>labels.json</c>, a file of our own beside an adapter in PEFT's format, which PEFT passes over: what PEFT's files do not say of a
/// model.
/// </summary>
internal sealed record PeftLabels
{
    public const string FileName = "labels.json";

    private static readonly JsonSerializerOptions _json = new(SnakeCaseJson.Open)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What the outputs mean, by Hugging Face's name.</summary>
    public required string ProblemType { get; init; }

    /// <summary>The names of the outputs, in their order; empty where they have none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public bool TakesPairs { get; init; }

    /// <summary>The most tokens of a text or pair; null: what the base model can take.</summary>
    public int? MaxLength { get; init; }

    /// <summary>See <see cref="Models.BaseFingerprint"/>: the weights of the base model; null: not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BaseFingerprint { get; init; }

    [JsonIgnore]
    public TextModelKind Kind => ProblemTypes.Parse(ProblemType, FileName)!.Value;

    public static PeftLabels Of(TextModelDescription description) => new()
    {
        ProblemType = ProblemTypes.Of(description.Kind),
        Labels = description.Labels,
        TakesPairs = description.TakesPairs,
        MaxLength = description.MaxLength,
    };

    /// <summary>Reads the file of a directory; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static PeftLabels? Find(string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            PeftLabels labels = JsonSerializer.Deserialize<PeftLabels>(RegularFile.ReadAll(path), _json)
                ?? throw new JsonException("it holds null.");
            _ = labels.Kind;
            return labels.Labels.All(l => l is not null) ? labels : throw new JsonException("a label is null.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}", e);
        }
    }

    public void Write(string directory)
        => AtomicFile.Write(Path.Combine(directory, FileName), stream => JsonSerializer.Serialize(stream, this, _json));
}
