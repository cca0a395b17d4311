using Microsoft.ML.Data;

namespace Compat.Tests.Evaluation;

/// <summary>Every public property of a metrics object, in the form of the golden files.</summary>
internal static class MetricsOf
{
    public static Dictionary<string, object?> All(object metrics)
    {
        Dictionary<string, object?> members = metrics.GetType().GetProperties()
            .ToDictionary(p => p.Name, p => p.GetValue(metrics) is ConfusionMatrix matrix ? All(matrix) : p.GetValue(metrics));
        if (metrics is ConfusionMatrix own)
            members["GetFormattedConfusionTable()"] = own.GetFormattedConfusionTable().ReplaceLineEndings("\n");
        return members;
    }
}
