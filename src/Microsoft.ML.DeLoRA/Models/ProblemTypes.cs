namespace Microsoft.ML.DeLoRA.Models;

/// <summary>Hugging Face's names of what a head says.</summary>
internal static class ProblemTypes
{
    public static string Of(TextModelKind kind) => kind switch
    {
        TextModelKind.Regression => "regression",
        TextModelKind.MultiLabelClassification => "multi_label_classification",
        _ => "single_label_classification",
    };

    /// <summary>The kind of a name; null for null.</summary>
    /// <exception cref="InvalidDataException">There is no such name.</exception>
    public static TextModelKind? Parse(string? name, string source)
    {
        if (name is null)
            return null;
        foreach (TextModelKind kind in Enum.GetValues<TextModelKind>())
        {
            if (Of(kind) == name)
                return kind;
        }
        string known = string.Join(", ", Enum.GetValues<TextModelKind>().Select(k => $"'{Of(k)}'"));
        throw new InvalidDataException($"{source}: problem_type is '{name}'; there are {known}.");
    }
}
