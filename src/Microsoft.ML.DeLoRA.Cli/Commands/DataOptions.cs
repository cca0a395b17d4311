using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The options that say which columns of which file hold texts and labels.</summary>
internal sealed class DataOptions
{
    public Option<string> Data { get; } = new("--data") { Description = "A .tsv file (no quoting) or a .csv file (RFC 4180), UTF-8", Required = true };

    public Option<string> Text { get; } = new("--text") { Description = "Column with the text: its name, or its number from 0 with --no-header", Required = true };

    public Option<string?> Text2 { get; } = new("--text2") { Description = "Column with the second text, for pairs" };

    public Option<string?> Label { get; } = new("--label") { Description = "Column with the class, or, in regression, with the number" };

    public Option<bool> NoHeader { get; } = new("--no-header") { Description = "The file has no line of column names; columns are numbers from 0" };

    public void AddTo(Command command, bool labelRequired)
    {
        Label.Required = labelRequired;
        foreach (Option option in new Option[] { Data, Text, Text2, Label, NoHeader })
            command.Add(option);
    }

    /// <summary>The rows of a file with these columns; without a label column they have no labels.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="path">The file.</param>
    /// <param name="numbers">Whether labels are numbers: regression.</param>
    /// <exception cref="UsageException">The file is missing or damaged, or has no such column; or a label is no number.</exception>
    public LabelledText[] Read(ParseResult arguments, string path, bool numbers)
    {
        Table table = TableReader.Read(path, hasHeader: !arguments.GetValue(NoHeader));
        string[] texts = table.Column(arguments.GetRequiredValue(Text));
        string[]? seconds = arguments.GetValue(Text2) is string second ? table.Column(second) : null;
        string? label = arguments.GetValue(Label);
        string[]? classes = label is null || numbers ? null : table.Column(label);
        float[]? values = label is null || !numbers ? null : table.Numbers(label);
        return [.. texts.Select((text, i) => new LabelledText
        {
            Text = text,
            Text2 = seconds?[i] ?? "",
            Label = classes?[i] ?? "",
            Number = values?[i] ?? float.NaN,
        })];
    }
}
