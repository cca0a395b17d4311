using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.NasBert;

/// <summary>docs/migrating.md against both assemblies: every argument and option of theirs is in it, and every name in it is one.</summary>
internal static class MigrationGuide
{
    private static readonly string[] _calls = [nameof(TorchSharpCatalog.TextClassification), nameof(TorchSharpCatalog.SentenceSimilarity)];

    /// <summary>What is wrong with it.</summary>
    /// <param name="path">The file.</param>
    public static string[] Faults(string path)
    {
        (string[] Theirs, string[] Ours)[] rows = [.. File.ReadLines(path).Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|')).Select(cells => (Names(cells[1]), Names(cells[2])))];
        var ofArguments = rows.TakeWhile(r => !char.IsUpper(r.Theirs[0][0])).ToArray();
        // The table of columns comes behind these two; its rows name no option in their second cell.
        var ofOptions = rows.Skip(ofArguments.Length).TakeWhile(r => r.Theirs[0] != "PredictedLabel").ToArray();

        string[] arguments = [.. typeof(TorchSharpCatalog).GetMethods().Where(m => _calls.Contains(m.Name) && m.GetParameters().Length > 2)
            .SelectMany(m => m.GetParameters().Skip(1)).Select(p => p.Name!).Distinct()];
        string[] options = [.. new[] { typeof(TextClassificationTrainer.TextClassificationOptions),
            typeof(SentenceSimilarityTrainer.SentenceSimilarityOptions) }
            .SelectMany(t => t.GetFields()).Select(f => f.Name).Distinct()];
        string[] own = [.. typeof(DeLoRACatalog).GetMethods().Where(m => m.Name == nameof(DeLoRACatalog.DeLoRATextClassification))
            .SelectMany(m => m.GetParameters().Skip(1)).Select(p => p.Name!)];
        return
        [
            .. Different(arguments, ofArguments.SelectMany(r => r.Theirs), "argument"),
            .. Different(options, ofOptions.SelectMany(r => r.Theirs), "option"),
            .. ofArguments.SelectMany(r => r.Ours).Except(own).Select(n => $"{n} is no argument here"),
            .. ofOptions.SelectMany(r => r.Ours).Where(n => !IsOption(n)).Select(n => $"{n} is no option here"),
        ];
    }

    private static string[] Names(string cell) => [.. Regex.Matches(cell, "`([^`]+)`").Select(m => m.Groups[1].Value)];

    private static IEnumerable<string> Different(string[] there, IEnumerable<string> named, string what)
        => there.Except(named).Select(n => $"the {what} {n} is missing")
            .Concat(named.Except(there).Select(n => $"{n} is no {what} of theirs"));

    private static bool IsOption(string path)
    {
        Type? type = typeof(DeLoRATextClassificationOptions);
        foreach (string name in path.Split('.'))
            type = type?.GetProperty(name)?.PropertyType;
        return type is not null;
    }
}
