namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>Where in a file the texts and labels are; a model remembers those that it was trained on.</summary>
internal sealed record DataColumns
{
    /// <summary>The column with the text; null: not known.</summary>
    public string? Text { get; init; }

    /// <summary>The column with the second text; null: there is none.</summary>
    public string? Text2 { get; init; }

    /// <summary>The column with the label; null: there is none, or it is not wanted.</summary>
    public string? Label { get; init; }

    /// <summary>What stands between the labels of a row where there are several.</summary>
    public string LabelSeparator { get; init; } = ",";

    /// <summary>What the user said stands between fields; null: nothing.</summary>
    public string? Separator { get; init; }

    /// <summary>Whether columns are numbers.</summary>
    public bool NoHeader { get; init; }

    /// <summary>The names of all that there are.</summary>
    public IEnumerable<string> All() => new[] { Text, Text2, Label }.OfType<string>();
}
