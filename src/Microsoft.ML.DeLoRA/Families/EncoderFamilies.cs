using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Families;

/// <summary>The families that are known.</summary>
internal static class EncoderFamilies
{
    /// <summary>All, the embedded model's first.</summary>
    public static IReadOnlyList<EncoderFamily> All { get; } = [new RobertaFamily(), new BertFamily()];

    /// <summary>The embedded model's.</summary>
    public static EncoderFamily Default => All[0];

    /// <summary>The family that a config.json names.</summary>
    /// <param name="configuration">The root of config.json.</param>
    /// <param name="path">Where it is, for messages.</param>
    /// <exception cref="InvalidDataException">It holds no object.</exception>
    /// <exception cref="NotSupportedException">It names none that is known.</exception>
    public static EncoderFamily Of(JsonElement configuration, string path)
    {
        if (configuration.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path} holds {configuration.ValueKind} where a JSON object is expected.");
        string found = configuration.TryGetProperty("model_type", out JsonElement type) ? type.GetRawText() : "missing";
        return All.FirstOrDefault(f => found == $"\"{f.ModelType}\"") ?? throw new NotSupportedException(
            $"{path}: model_type is {found.Short()}; only {Listed(f => $"\"{f.ModelType}\"", "and")} are supported. "
            + $"Take a {Listed(f => f.Title, "or")} model, such as {Default.Example}.");
    }

    /// <summary>The family of a <c>model_type</c>; null when there is none.</summary>
    public static EncoderFamily? Find(string? modelType) => All.FirstOrDefault(f => f.ModelType == modelType);

    /// <summary>Something of each family, for messages.</summary>
    /// <param name="text">What.</param>
    /// <param name="last">The word before the last one.</param>
    public static string Listed(Func<EncoderFamily, string> text, string last)
        => $"{string.Join(", ", All.SkipLast(1).Select(text))} {last} {text(All[^1])}";
}
