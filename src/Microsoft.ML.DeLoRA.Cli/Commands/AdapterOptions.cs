using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The options that choose an adapter method and set its own options.</summary>
internal sealed class AdapterOptions
{
    private readonly Option<string> _method = Values.Option("--method",
        $"Adapter method: {string.Join(", ", AdapterMethods.All.Select(m => m.Name))}; none trains the head only", "DeLoRA");

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "An option of the method as name=value, such as target_modules=query,key (docs/methods.md); may be repeated",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> _rank = new("--rank") { Description = "Short for --set rank=N" };
    private readonly Option<double?> _lambda = new("--lambda") { Description = "Short for --set lambda=X" };
    private readonly Option<double?> _dropout = new("--dropout") { Description = "Short for --set dropout=P" };

    public void AddTo(System.CommandLine.Command command)
    {
        foreach (Option option in new Option[] { _method, _set, _rank, _lambda, _dropout })
            command.Add(option);
    }

    /// <summary>The first of these options that was given; null: none.</summary>
    public string? Given(ParseResult arguments)
        => new Option[] { _method, _set, _rank, _lambda, _dropout }
            .FirstOrDefault(o => arguments.GetResult(o) is { Implicit: false })?.Name;

    /// <summary>The method; null for the head only.</summary>
    /// <exception cref="ArgumentException">There is no such method or option.</exception>
    public AdapterMethod? Read(ParseResult arguments)
    {
        var options = new List<KeyValuePair<string, JsonNode?>>();
        (string, double?)[] numbers =
            [("rank", arguments.GetValue(_rank)), ("lambda", arguments.GetValue(_lambda)), ("dropout", arguments.GetValue(_dropout))];
        foreach ((string name, double? value) in numbers)
        {
            if (value is not null)
                options.Add(new(name, JsonNode.Parse(value.Value.ToString("R", CultureInfo.InvariantCulture))));
        }
        options.AddRange((arguments.GetValue(_set) ?? []).Select(AdapterSetting.Parse));
        string method = arguments.GetRequiredValue(_method);
        return method == "none" ? null : AdapterMethodJson.Create(method, options);
    }
}
