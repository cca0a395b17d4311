using System.CommandLine;
using System.Globalization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>What a command that compares methods takes for each of them: the methods' names, their options, their learning rates.</summary>
internal sealed class MethodSettings(string defaultMethods)
{
    private readonly Option<string> _methods = Values.Option("--method",
        $"Adapter methods, several with commas; {GlueMethods.HeadOnly} trains the head only", defaultMethods);

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "METHOD.name=value: an option of a method, such as DeLoRA.lambda=8 (docs/methods.md); may be repeated",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> _rates = new("--learning-rate")
    {
        Description = "METHOD=RATE: peak learning rate of a method, or RATE: of all; may be repeated. "
            + "As in the paper for DeLoRA, else the method's, when not given",
        AllowMultipleArgumentsPerToken = true,
    };

    public void AddTo(System.CommandLine.Command command)
    {
        foreach (Option option in new Option[] { _methods, _set, _rates })
            command.Add(option);
    }

    /// <summary>The methods' names.</summary>
    /// <exception cref="UsageException">A setting is malformed, or names none of the methods.</exception>
    public string[] Methods(ParseResult arguments)
    {
        string[] methods = List.Parse(arguments.GetRequiredValue(_methods), "--method");
        IEnumerable<string?> named = Settings(arguments).Select(s => (string?)s.Method).Concat(Rates(arguments).Select(r => r.Method));
        return named.FirstOrDefault(m => m is not null && !methods.Contains(m, StringComparer.OrdinalIgnoreCase)) is { } other
            ? throw new UsageException($"--set or --learning-rate speaks of the method '{other}', which --method does not name.")
            : methods;
    }

    /// <summary>A method's preset with what was given for it.</summary>
    public GlueSettings Apply(ParseResult arguments, string method, GlueSettings preset)
    {
        string[] settings = [.. Settings(arguments).Where(s => Is(s.Method, method)).Select(s => s.Setting)];
        if (settings.Length > 0 && preset.Adapter is null)
            throw new UsageException($"--set: the method '{method}' has no options.");
        // A rate for this method comes before one for all.
        double? rate = Rates(arguments).Where(r => r.Method is null || Is(r.Method, method))
            .OrderBy(r => r.Method is null).FirstOrDefault().Rate;
        return preset with
        {
            Adapter = settings.Length == 0
                ? preset.Adapter
                : AdapterMethodJson.With(preset.Adapter!, settings.Select(AdapterSetting.Parse)),
            Training = rate is { } given ? preset.Training with { LearningRate = given } : preset.Training,
        };
    }

    private IEnumerable<(string Method, string Setting)> Settings(ParseResult arguments)
    {
        foreach (string text in arguments.GetValue(_set) ?? [])
        {
            int dot = text.IndexOf('.', StringComparison.Ordinal);
            if (dot < 1 || dot > text.IndexOf('=', StringComparison.Ordinal))
                throw new UsageException($"--set: '{text}' is not METHOD.name=value.");
            yield return (text[..dot], text[(dot + 1)..]);
        }
    }

    private IEnumerable<(string? Method, double? Rate)> Rates(ParseResult arguments)
    {
        foreach (string text in arguments.GetValue(_rates) ?? [])
        {
            string[] parts = text.Split('=', StringSplitOptions.TrimEntries);
            if (parts.Length > 2 || !double.TryParse(parts[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double rate))
                throw new UsageException($"--learning-rate: '{text}' is neither RATE nor METHOD=RATE.");
            yield return (parts.Length == 2 ? parts[0] : null, rate);
        }
    }

    private static bool Is(string? one, string other) => other.Equals(one, StringComparison.OrdinalIgnoreCase);
}
