using System.Globalization;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Finds an encoder's parameters by the modules that they belong to.</summary>
internal static class EncoderModules
{
    /// <summary>
    /// The parameters of the modules that at least one of the patterns names, in the encoder's order. A module that holds others, such
    /// as <c>layer.1.attention</c>, stands for all that is in it.
    /// </summary>
    /// <exception cref="ArgumentException">A pattern names no module; the message lists some that there are.</exception>
    public static IReadOnlyList<ModelParameter> Select(RobertaEncoder encoder, IReadOnlyList<string> patterns)
    {
        if (patterns.Count == 0)
            return [];
        string[] names = [.. Names(encoder)];
        var selected = new HashSet<string>(StringComparer.Ordinal);
        foreach (string pattern in patterns)
        {
            string[] named = [.. names.Where(n => ModulePattern.Matches(pattern, n))];
            if (named.Length == 0)
                throw new ArgumentException($"Module to save '{pattern.Short()}' names no module of the encoder. There are: "
                    + $"{string.Join(", ", encoder.Parameters.Select(Module).Distinct().Take(12))} and so on.");
            selected.UnionWith(named);
        }
        return [.. encoder.Parameters.Where(p => Above(p.Name).Any(selected.Contains))];
    }

    /// <summary>All modules that have parameters, themselves or in what they hold.</summary>
    public static IEnumerable<string> Names(RobertaEncoder encoder) => encoder.Parameters.SelectMany(p => Above(p.Name)).Distinct();

    /// <summary>The number of the layer that a module belongs to; null for the embeddings and what holds layers.</summary>
    public static int? LayerNumber(string module)
        => module.Split('.') is ["encoder", "layer", var number, _, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : null;

    private static string Module(ModelParameter parameter) => parameter.Name[..parameter.Name.LastIndexOf('.')];

    // encoder.layer.0.output.dense.weight -> encoder.layer.0.output.dense, encoder.layer.0.output, ..., encoder.
    private static IEnumerable<string> Above(string name)
    {
        for (int dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
            yield return name[..dot];
    }
}
