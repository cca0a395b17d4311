using System.Text.Json;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA;

/// <summary>What a <see cref="TextModel"/> expects and gives; <c>model.json</c> of a saved model.</summary>
public sealed record TextModelDescription
{
    /// <summary>
    /// More classes than any head needs; keeps a damaged file, or a key column without a real count, from asking for absurd tensors.
    /// </summary>
    public const int MostOutputs = 65_536;

    /// <summary>The version of the format that is written: from 2 on with checksums of all streams.</summary>
    internal const int NewestFormat = 2;

    /// <summary>The version of the format: 2, or 1 where a model was loaded from a file of that version.</summary>
    public int FormatVersion { get; init; } = NewestFormat;

    /// <summary>Classes, a number or labels.</summary>
    public required TextModelKind Kind { get; init; }

    /// <summary>
    /// Scores of a text: the number of classes, at least 2; 1 in regression; multi-label: the number of labels, at least 1.
    /// </summary>
    public required int OutputCount { get; init; }

    /// <summary>True when the model reads two texts at once.</summary>
    public required bool TakesPairs { get; init; }

    /// <summary>The most tokens of a text or pair, special ones counted; what is longer is cut.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Number format of the frozen products.</summary>
    public ComputePrecision Precision { get; init; }

    /// <summary>The names of the classes or labels, in the order of the scores; empty where they have none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Throws unless the values are possible for a model of that configuration.</summary>
    /// <exception cref="InvalidDataException">One is not; the message says which.</exception>
    internal void Check(EncoderConfiguration configuration)
    {
        Require(FormatVersion is >= 1 and <= NewestFormat, $"its format version is {FormatVersion}, and this library reads versions 1 to "
            + $"{NewestFormat}; it was written by a newer one");
        Require(Enum.IsDefined(Kind) && Enum.IsDefined(Precision), "its kind or precision is unknown");
        Require(Fits(Kind, OutputCount), $"{Kind} with {OutputCount} outputs is impossible");
        int shortest = configuration.Family.SpecialTokenCount(TakesPairs);
        Require(MaxLength >= shortest && MaxLength <= configuration.MaxTokens, $"its maximum length is {MaxLength}; "
            + $"from {shortest} to {configuration.MaxTokens} are possible");
        bool named = Labels is not null && (Labels.Count == 0 || Labels.Count == OutputCount) && Labels.All(l => l is not null);
        Require(named, $"it has {OutputCount} outputs but {Labels?.Count} labels");
        Require(Labels!.Distinct().Count() == Labels!.Count, "two of its labels have the same name");
    }

    /// <summary>What so many outputs usually mean: one is a regression, as in Hugging Face.</summary>
    internal static TextModelKind UsualKind(int outputCount) => outputCount == 1 ? TextModelKind.Regression : TextModelKind.Classification;

    /// <summary>Can a model of that kind have so many outputs?</summary>
    internal static bool Fits(TextModelKind kind, int outputCount) => kind switch
    {
        TextModelKind.Regression => outputCount == 1,
        TextModelKind.MultiLabelClassification => outputCount is >= 1 and <= MostOutputs,
        _ => outputCount is >= 2 and <= MostOutputs,
    };

    internal void WriteTo(Stream stream) => JsonSerializer.Serialize(stream, this, SnakeCaseJson.Strict);

    internal static TextModelDescription Read(ReadOnlySpan<byte> json)
        => JsonSerializer.Deserialize<TextModelDescription>(json, SnakeCaseJson.Strict) ?? throw new JsonException("It holds null.");

    private static void Require(bool condition, string fault)
    {
        if (!condition)
            throw new InvalidDataException($"The model cannot be used: {fault}.");
    }
}

/// <summary>What a text model says about a text.</summary>
public enum TextModelKind
{
    /// <summary>A probability for each class.</summary>
    Classification,

    /// <summary>One number.</summary>
    Regression,

    /// <summary>A probability for each label, any number of which may apply.</summary>
    MultiLabelClassification,
}
