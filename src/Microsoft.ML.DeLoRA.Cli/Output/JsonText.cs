using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.DeLoRA.Cli.Output;

/// <summary>How the tool writes JSON.</summary>
internal static class JsonText
{
    /// <summary>Names of anonymous types as they are, letters of all scripts as they are, on one line.</summary>
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>JSON has no NaN.</summary>
    public static double? Number(double value) => double.IsFinite(value) ? value : null;
}
