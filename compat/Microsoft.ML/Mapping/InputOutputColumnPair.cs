namespace Microsoft.ML;

/// <summary>The input and output column of a mapping.</summary>
public sealed class InputOutputColumnPair
{
    public InputOutputColumnPair(string outputColumnName, string inputColumnName = null)
    {
        Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        OutputColumnName = outputColumnName;
        InputColumnName = inputColumnName ?? outputColumnName;
    }

    public string InputColumnName { get; }

    public string OutputColumnName { get; }

    internal static (string OutputColumnName, string InputColumnName)[] ToPairs(IEnumerable<InputOutputColumnPair> pairs) =>
        pairs.Select(p => (p.OutputColumnName, p.InputColumnName)).ToArray();
}
