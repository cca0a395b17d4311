using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>A transformer as named streams of an ML.NET model file: the text model's, and its columns.</summary>
internal static class TransformerFile
{
    private const string ColumnsFile = "columns.json";

    public static IEnumerable<(string Name, Action<Stream> Write)> Streams(TextModel model, TextColumns columns)
        => TextModelFile.Streams(model.Parts, (ColumnsFile, columns.WriteTo));

    /// <summary>Microsoft.ML.DeLoRA.Persistence calls this, by this name, when ML.NET loads a model file.</summary>
    /// <param name="environment">The environment that loads it.</param>
    /// <param name="open">Opens the stream of a name and hands it over; false when there is none.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or of a newer version.</exception>
    internal static ITransformer Load(IHostEnvironment environment, Func<string, Action<Stream>, bool> open)
    {
        using IChannel channel = environment.Start("Loading");
        var streams = new BoundedStreams(open);
        streams.ReadManifest();
        TextColumns columns = streams.RequireJson(ColumnsFile, TextColumns.Read);
        var model = new TextModel(TextModelFile.Load(streams, environment.Device(channel)));
        try
        {
            return new DeLoRATextTransformer(environment, model, columns, training: null);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}

/// <summary>The columns of a transformer; <c>columns.json</c> of a saved one.</summary>
internal sealed record TextColumns
{
    public required string Text { get; init; }

    public string? SecondText { get; init; }

    /// <summary>Null in regression.</summary>
    public string? PredictedLabel { get; init; }

    /// <summary>In multi-label what a probability must be above for the label to be predicted; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? Threshold { get; init; }

    public required string Score { get; init; }

    /// <summary>
    /// The name of the label values' type; null when the label column had no values, or in multi-label, where the model has the
    /// names.
    /// </summary>
    public string? LabelType { get; init; }

    public IReadOnlyList<string>? LabelValues { get; init; }

    public void WriteTo(Stream stream) => JsonSerializer.Serialize(stream, this, SnakeCaseJson.Strict);

    /// <exception cref="JsonException">Not the JSON that is expected.</exception>
    public static TextColumns Read(ReadOnlySpan<byte> json)
        => JsonSerializer.Deserialize<TextColumns>(json, SnakeCaseJson.Strict) ?? throw new JsonException("It holds null.");
}
