using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Cli.Output;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora info</c>: what a model file, an adapter directory or a base model's directory is.</summary>
internal static class InfoCommand
{
    public static System.CommandLine.Command Create()
    {
        var path = new Argument<string>("model")
        {
            Description = "Model saved by 'delora train', directory of a PEFT adapter, or Hugging Face directory of a RoBERTa model",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new System.CommandLine.Command("info",
            "Says what a model is: task, labels, base, adapter method, size, columns, training")
        {
            path, json,
        };
        command.SetAction(arguments =>
        {
            JsonObject facts = Facts(arguments.GetRequiredValue(path));
            if (arguments.GetValue(json))
                Console.WriteLine(facts.ToJsonString(JsonText.Options));
            else
                Write(facts, Console.Out, indent: 0);
        });
        return command;
    }

    private static JsonObject Facts(string path)
    {
        if (File.Exists(path))
            return ModelFacts.OfFile(path);
        if (!Directory.Exists(path))
            throw new UsageException($"There is no model '{path}'.");
        if (File.Exists(Path.Combine(path, PeftDirectory.ConfigurationFile)))
            return ModelFacts.OfAdapter(path);
        if (File.Exists(Path.Combine(path, ModelFiles.Configuration)))
            return ModelFacts.OfBase(path);
        throw new UsageException($"'{path}' is a directory with neither {PeftDirectory.ConfigurationFile} (an adapter) "
            + $"nor {ModelFiles.Configuration} (a base model).");
    }

    // What a fact's name says in JSON, it says with blanks in text.
    private static void Write(JsonObject facts, TextWriter writer, int indent)
    {
        string[] names = [.. facts.Select(f => f.Key.Replace('_', ' '))];
        int width = names.Max(name => (int?)AlignedTable.Cells(OneLine.Escape(name))) ?? 0;
        foreach (((_, JsonNode? value), string rawName) in facts.Zip(names))
        {
            string name = OneLine.Escape(rawName);
            writer.Write(new string(' ', indent) + name);
            if (value is JsonObject { Count: > 0 } inner)
            {
                writer.WriteLine();
                Write(inner, writer, indent + 2);
                continue;
            }
            string text = rawName == "layers" && value is null ? "all" : Text(value);
            writer.WriteLine(new string(' ', width - AlignedTable.Cells(name) + 2) + text);
        }
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "not known",
        JsonArray { Count: 0 } or JsonObject => "none",
        JsonArray items => string.Join(", ", items.Take(20).Select(Text)) + (items.Count > 20 ? $", ... ({items.Count} in all)" : ""),
        JsonValue text when text.TryGetValue(out string? content) => OneLine.Escape(content),
        JsonValue flag when flag.TryGetValue(out bool isSo) => isSo ? "yes" : "no",
        JsonValue number when number.TryGetValue(out long whole) => whole.ToString("N0", System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToJsonString(JsonText.Options),
    };
}
