using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The options that say which columns of which file hold texts and labels.</summary>
internal sealed class DataOptions
{
    public Option<string> Data { get; } =
        new("--data") { Description = "A .csv, .tsv or .jsonl file, or another one with --separator; UTF-8", Required = true };

    public Option<string> Text { get; } =
        new("--text") { Description = "Column with the text: its name, or its number from 0 with --no-header", Required = true };

    public Option<string?> Text2 { get; } = new("--text2") { Description = "Column with the second text, for pairs" };

    public Option<string?> Label { get; } = new("--label")
    {
        Description = "Column with the class; in regression with the number, in multi-label with the labels' names",
    };

    public Option<string> LabelSeparator { get; } = Values.Option("--label-separator",
        "Multi-label: what stands between the names of a row's labels", ",");

    public Option<string?> Separator { get; } = new("--separator")
    {
        Description = $"What stands between fields: {TableFormat.SeparatorNames}, or a character; found out when not given",
    };

    public Option<bool> NoHeader { get; } =
        new("--no-header") { Description = "The file has no line of column names; columns are numbers from 0" };

    public Option<bool> JsonLines { get; } =
        new("--jsonl") { Description = "Each line is a JSON object, also where the name does not end in .jsonl" };

    public void AddTo(System.CommandLine.Command command, bool labelRequired)
    {
        Label.Required = labelRequired;
        foreach (Option option in new Option[] { Data, Text, Text2, Label, LabelSeparator, Separator, NoHeader, JsonLines })
            command.Add(option);
    }

    /// <summary>The columns that were given, and where none were, those that a model remembers.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="remembered">What the model was trained on; null: not known.</param>
    public DataColumns Columns(ParseResult arguments, DataColumns? remembered = null)
    {
        remembered ??= new DataColumns();
        return new DataColumns
        {
            Text = arguments.GetValue(Text) ?? remembered.Text,
            Text2 = arguments.GetValue(Text2) ?? remembered.Text2,
            Label = arguments.GetValue(Label) ?? remembered.Label,
            LabelSeparator = IsGiven(arguments, LabelSeparator) ? arguments.GetRequiredValue(LabelSeparator) : remembered.LabelSeparator,
            Separator = arguments.GetValue(Separator) ?? remembered.Separator,
            NoHeader = IsGiven(arguments, NoHeader) ? arguments.GetValue(NoHeader) : remembered.NoHeader,
        };
    }

    /// <summary>The rows of a file with the columns that were given; without a label column they have no labels.</summary>
    /// <inheritdoc cref="Read(ParseResult, DataColumns, string, bool)"/>
    public LabelledText[] Read(ParseResult arguments, string path, bool numbers) => Read(arguments, Columns(arguments), path, numbers);

    /// <summary>The rows of a file with these columns; without a label column they have no labels.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="path">The file.</param>
    /// <param name="numbers">Whether labels are numbers: regression.</param>
    /// <exception cref="UsageException">
    /// The file is missing or malformed, or has no such column; or a label is empty, or in regression no number.
    /// </exception>
    public LabelledText[] Read(ParseResult arguments, DataColumns columns, string path, bool numbers)
    {
        Table table = Open(arguments, columns, path);
        string[]? classes = columns.Label is null || numbers ? null : table.Column(columns.Label);
        if (classes?.Contains("") == true)
            throw new UsageException($"{path}, {table.LinesWhere(row => classes[row].Length == 0)}: "
                + $"the label in column '{columns.Label}' is empty. Fill it in, or take the row out.");
        float[]? values = columns.Label is null || !numbers ? null : table.Numbers(columns.Label);
        return [.. Texts(columns, table).Select((texts, i) => new LabelledText
        {
            Text = texts.First,
            Text2 = texts.Second,
            Label = classes?[i] ?? "",
            Number = values?[i] ?? float.NaN,
        })];
    }

    /// <summary>The rows of a file whose labels are lists of names, with the columns that were given: multi-label.</summary>
    /// <inheritdoc cref="ReadMultiLabel(ParseResult, DataColumns, string, IReadOnlyList{string})"/>
    public MultiLabelTexts ReadMultiLabel(ParseResult arguments, string path, IReadOnlyList<string>? names)
        => ReadMultiLabel(arguments, Columns(arguments), path, names);

    /// <summary>The rows of a file whose labels are lists of names: multi-label.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="columns">The columns, a label column among them.</param>
    /// <param name="path">The file.</param>
    /// <param name="names">The names that there are; null: those of the file, sorted.</param>
    /// <exception cref="UsageException">
    /// The file is missing or malformed, has no such column, has no label at all, or one that is not among the names.
    /// </exception>
    public MultiLabelTexts ReadMultiLabel(ParseResult arguments, DataColumns columns, string path, IReadOnlyList<string>? names)
    {
        Table table = Open(arguments, columns, path);
        string label = columns.Label!;
        string separator = columns.LabelSeparator;
        if (separator.Length == 0)
            throw new UsageException("--label-separator is empty; give what stands between the names of a row's labels, such as ','.");
        names ??= [.. table.Lists(label, separator).SelectMany(n => n).Distinct().Order(StringComparer.Ordinal)];
        if (names.Count == 0)
            throw new UsageException($"{path}: no row has a label in column '{label}'.");
        bool[][] flags = table.Flags(label, separator, names);
        return new MultiLabelTexts(names, [.. Texts(columns, table).Select((texts, i) => new MultiLabelText
        {
            Text = texts.First,
            Text2 = texts.Second,
            Labels = flags[i],
        })]);
    }

    private Table Open(ParseResult arguments, DataColumns columns, string path)
    {
        var format = new TableFormat
        {
            HasHeader = !columns.NoHeader,
            Separator = arguments.GetValue(Separator) is { } given ? TableFormat.ParseSeparator(given) : null,
            UsualSeparator = columns.Separator is { } usual ? TableFormat.ParseSeparator(usual) : null,
            JsonLines = arguments.GetValue(JsonLines),
        };
        return TableReader.Read(path, format, [.. columns.All()], Console.Error.WriteLine);
    }

    private static IEnumerable<(string First, string Second)> Texts(DataColumns columns, Table table)
    {
        string[] texts = table.Column(columns.Text!);
        string[]? seconds = columns.Text2 is { } second ? table.Column(second) : null;
        if (texts.Contains(""))
        {
            string lines = table.LinesWhere(row => texts[row].Length == 0);
            Console.Error.WriteLine($"{table.Path}, {lines}: the text in column '{columns.Text}' is empty.");
        }
        return texts.Select((text, i) => (text, seconds?[i] ?? ""));
    }

    private static bool IsGiven(ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };
}
