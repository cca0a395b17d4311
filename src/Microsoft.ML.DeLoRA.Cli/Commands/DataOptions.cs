using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The options that say which columns of which file hold texts and labels.</summary>
internal sealed class DataOptions
{
    public Option<string> Data { get; } = new("--data") { Description = "A .tsv file (no quoting) or a .csv file (RFC 4180), UTF-8", Required = true };

    public Option<string> Text { get; } = new("--text") { Description = "Column with the text: its name, or its number from 0 with --no-header", Required = true };

    public Option<string?> Text2 { get; } = new("--text2") { Description = "Column with the second text, for pairs" };

    public Option<string?> Label { get; } = new("--label") { Description = "Column with the class" };

    public Option<bool> NoHeader { get; } = new("--no-header") { Description = "The file has no line of column names; columns are numbers from 0" };

    public void AddTo(Command command, bool labelRequired)
    {
        Label.Required = labelRequired;
        foreach (Option option in new Option[] { Data, Text, Text2, Label, NoHeader })
            command.Add(option);
    }

    /// <summary>The rows of a file with these columns; labels are empty when no label column is given.</summary>
    public LabelledText[] Read(ParseResult arguments, string path)
    {
        Table table = TableReader.Read(path, hasHeader: !arguments.GetValue(NoHeader));
        string[] texts = table.Column(arguments.GetRequiredValue(Text));
        string[]? seconds = arguments.GetValue(Text2) is string second ? table.Column(second) : null;
        string[]? labels = arguments.GetValue(Label) is string label ? table.Column(label) : null;
        return [.. texts.Select((text, i) => new LabelledText { Text = text, Text2 = seconds?[i] ?? "", Label = labels?[i] ?? "" })];
    }
}
