using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Benchmarks;

/// <summary>Writes a result as JSON with what is needed to judge it: command, machine, versions.</summary>
internal static class ResultFile
{
    /// <summary>A metric may be NaN: a correlation where a model answers the same to everything.</summary>
    public static JsonSerializerOptions Json { get; } = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static readonly JsonSerializerOptions s_options = new(Json) { WriteIndented = true };

    /// <summary>The results that a file has already; none when it is not there.</summary>
    public static T[] Read<T>(string name)
        => File.Exists(PathOf(name))
            ? JsonDocument.Parse(File.ReadAllText(PathOf(name))).RootElement.GetProperty("result").Deserialize<T[]>(Json) ?? []
            : [];

    public static void Write(string name, string command, object result, bool quiet = false)
    {
        string path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            command,
            environment = RunEnvironment.Current(),
            result,
        }, s_options) + "\n");
        if (!quiet)
            Console.WriteLine($"Written to {path}.");
    }

    private static string PathOf(string name) => Path.Combine("benchmarks", "results", name + ".json");
}
