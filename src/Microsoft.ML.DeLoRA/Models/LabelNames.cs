namespace Microsoft.ML.DeLoRA.Models;

/// <summary>Checks names of classes or labels that somebody gives.</summary>
internal static class LabelNames
{
    /// <summary>What is wrong with some names; null when each output has one of its own.</summary>
    public static string? FaultOf(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return "there is no name";
        if (names.Any(string.IsNullOrEmpty))
            return "a name is empty or null";
        IGrouping<string, string>? repeated = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1);
        return repeated is null ? null : $"the name '{repeated.Key}' is there {repeated.Count()} times";
    }

    /// <summary>Throws unless there is one name for each output, each another.</summary>
    /// <param name="names">The names, in the order of the outputs.</param>
    /// <param name="outputs">Outputs of the head.</param>
    /// <param name="source">Where the head is, for messages.</param>
    /// <exception cref="InvalidDataException">There is not.</exception>
    public static void Require(IReadOnlyList<string> names, int outputs, string source)
    {
        if (names.Count != outputs)
            throw new InvalidDataException($"'{source}': the head has {outputs} outputs but {names.Count} labels ({Listed(names)}); "
                + "give one name for each output, in the order of the outputs.");
        if (FaultOf(names) is { } fault)
            throw new InvalidDataException($"'{source}': the labels cannot be used: {fault}. Give each output a name of its own.");
    }

    /// <summary>The names for a message.</summary>
    public static string Listed(IReadOnlyList<string> names)
        => names.Count == 0 ? "none" : string.Join(", ", names.Take(10).Select(n => $"'{n}'")) + (names.Count > 10 ? ", ..." : "");
}
