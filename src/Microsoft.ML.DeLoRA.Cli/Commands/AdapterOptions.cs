using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The options that choose an adapter method and set its own options.</summary>
internal sealed class AdapterOptions
{
    private readonly Option<string> _method = Values.Option("--method",
        $"Adapter method: {string.Join(", ", AdapterMethodJson.All.Select(m => m.Name))}; none trains the head only", "DeLoRA");

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "An option of the method as name=value, such as target_modules=query,key (docs/methods.md); may be repeated",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> _rank = new("--rank") { Description = "Short for --set rank=N" };
    private readonly Option<double?> _lambda = new("--lambda") { Description = "Short for --set lambda=X" };
    private readonly Option<double?> _dropout = new("--dropout") { Description = "Short for --set dropout=P" };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _method, _set, _rank, _lambda, _dropout })
            command.Add(option);
    }

    /// <summary>The method; null for the head only.</summary>
    /// <exception cref="ArgumentException">There is no such method or option.</exception>
    public AdapterMethod? Read(ParseResult arguments)
    {
        var options = new List<KeyValuePair<string, JsonNode?>>();
        foreach ((string name, double? value) in new[] { ("rank", arguments.GetValue(_rank)), ("lambda", arguments.GetValue(_lambda)), ("dropout", arguments.GetValue(_dropout)) })
        {
            if (value is not null)
                options.Add(new(name, Value(value.Value.ToString("R", CultureInfo.InvariantCulture))));
        }
        foreach (string setting in arguments.GetValue(_set) ?? [])
        {
            if (setting.IndexOf('=', StringComparison.Ordinal) is not (> 0 and int at))
                throw new UsageException($"--set '{setting}' is not of the form name=value.");
            string name = setting[..at];
            JsonNode? value = Value(setting[(at + 1)..]);
            options.Add(new(name, name is "target_modules" or "exclude_modules" or "modules_to_save" or "layers" && value is not JsonArray
                ? new JsonArray([.. setting[(at + 1)..].Split(',').Select(Value)])
                : value));
        }
        string method = arguments.GetRequiredValue(_method);
        return method == "none" ? null : AdapterMethodJson.Create(method, options);
    }

    // What is no JSON is a text: rank=4, dropout=0.1, rank_pattern={"query":2}, but initialization=zero_b.
    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
