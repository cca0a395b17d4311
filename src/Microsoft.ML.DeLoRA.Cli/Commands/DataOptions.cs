using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The options that say which columns of which file hold texts and labels.</summary>
internal sealed class DataOptions
{
    public Option<string> Data { get; } =
        new("--data") { Description = "A .tsv file (no quoting) or a .csv file (RFC 4180), UTF-8", Required = true };

    public Option<string> Text { get; } =
        new("--text") { Description = "Column with the text: its name, or its number from 0 with --no-header", Required = true };

    public Option<string?> Text2 { get; } = new("--text2") { Description = "Column with the second text, for pairs" };

    public Option<string?> Label { get; } = new("--label")
    {
        Description = "Column with the class; in regression with the number, in multi-label with the labels' names",
    };

    public Option<string> Separator { get; } = Values.Option("--label-separator",
        "Multi-label: what stands between the names of a row's labels", ",");

    public Option<bool> NoHeader { get; } =
        new("--no-header") { Description = "The file has no line of column names; columns are numbers from 0" };

    public void AddTo(System.CommandLine.Command command, bool labelRequired)
    {
        Label.Required = labelRequired;
        foreach (Option option in new Option[] { Data, Text, Text2, Label, Separator, NoHeader })
            command.Add(option);
    }

    /// <summary>The rows of a file with these columns; without a label column they have no labels.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="path">The file.</param>
    /// <param name="numbers">Whether labels are numbers: regression.</param>
    /// <exception cref="UsageException">The file is missing or damaged, or has no such column; or a label is no number.</exception>
    public LabelledText[] Read(ParseResult arguments, string path, bool numbers)
    {
        Table table = Open(arguments, path);
        string? label = arguments.GetValue(Label);
        string[]? classes = label is null || numbers ? null : table.Column(label);
        float[]? values = label is null || !numbers ? null : table.Numbers(label);
        return [.. Texts(arguments, table).Select((texts, i) => new LabelledText
        {
            Text = texts.First,
            Text2 = texts.Second,
            Label = classes?[i] ?? "",
            Number = values?[i] ?? float.NaN,
        })];
    }

    /// <summary>The rows of a file whose labels are lists of names: multi-label.</summary>
    /// <param name="arguments">The command line; it names a label column.</param>
    /// <param name="path">The file.</param>
    /// <param name="names">The names that there are; null: those of the file, sorted.</param>
    /// <exception cref="UsageException">
    /// The file is missing or damaged, has no such column, has no label at all, or one that is not among the names.
    /// </exception>
    public MultiLabelTexts ReadMultiLabel(ParseResult arguments, string path, IReadOnlyList<string>? names)
    {
        Table table = Open(arguments, path);
        string label = arguments.GetRequiredValue(Label)!;
        string separator = arguments.GetRequiredValue(Separator);
        if (separator.Length == 0)
            throw new UsageException("--label-separator is empty; give what stands between the names of a row's labels, such as ','.");
        names ??= [.. table.Lists(label, separator).SelectMany(n => n).Distinct().Order(StringComparer.Ordinal)];
        if (names.Count == 0)
            throw new UsageException($"{path}: no row has a label in column '{label}'.");
        bool[][] flags = table.Flags(label, separator, names);
        return new MultiLabelTexts(names, [.. Texts(arguments, table).Select((texts, i) => new MultiLabelText
        {
            Text = texts.First,
            Text2 = texts.Second,
            Labels = flags[i],
        })]);
    }

    private Table Open(ParseResult arguments, string path) => TableReader.Read(path, hasHeader: !arguments.GetValue(NoHeader));

    private IEnumerable<(string First, string Second)> Texts(ParseResult arguments, Table table)
    {
        string[] texts = table.Column(arguments.GetRequiredValue(Text));
        string[]? seconds = arguments.GetValue(Text2) is string second ? table.Column(second) : null;
        return texts.Select((text, i) => (text, seconds?[i] ?? ""));
    }
}
