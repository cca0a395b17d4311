using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Finds an encoder's parameters by the modules that they belong to.</summary>
internal static class EncoderModules
{
    /// <summary>The parameters of the modules that at least one of the patterns names, in the encoder's order.</summary>
    /// <exception cref="ArgumentException">A pattern names no module; the message lists some that there are.</exception>
    public static IReadOnlyList<ModelParameter> Select(RobertaEncoder encoder, IReadOnlyList<string> patterns)
    {
        ModelParameter[] all = [.. encoder.Parameters];
        foreach (string pattern in patterns)
        {
            if (!all.Any(p => ModulePattern.Matches(pattern, Module(p))))
                throw new ArgumentException($"Module to save '{pattern.Short()}' names no module of the encoder. There are: "
                    + $"{string.Join(", ", all.Select(Module).Distinct().Take(12))} and so on.");
        }
        return [.. all.Where(p => patterns.Any(pattern => ModulePattern.Matches(pattern, Module(p))))];
    }

    private static string Module(ModelParameter parameter) => parameter.Name[..parameter.Name.LastIndexOf('.')];
}
