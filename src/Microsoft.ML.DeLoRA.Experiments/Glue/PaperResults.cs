namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// A row of the DeLoRA paper's GLUE table (tables 4 and 8): RoBERTa-base, test part, mean and deviation of the seeds 42 to 46, in percent.
/// </summary>
/// <param name="Method">The method's name there.</param>
/// <param name="Parameters">Trained parameters there, the head's not counted.</param>
/// <param name="Values">Mean and deviation (null where the paper gives none) by the name of the task.</param>
public sealed record PaperResults(string Method, string Parameters, IReadOnlyDictionary<string, (double Mean, double? Deviation)> Values)
{
    private static readonly string[] _tasks = ["MNLI", "SST-2", "MRPC", "CoLA", "QNLI", "QQP", "RTE", "STS-B"];

    /// <summary>The rows.</summary>
    public static IReadOnlyList<PaperResults> All { get; } =
    [
        Row("full fine-tuning", "125M", [87.3, 94.4, 87.9, 62.4, 92.5, 91.7, 78.3, 90.6], [.34, .96, .91, 3.29, .22, .19, 3.20, .59]),
        Row("BitFit", "0.1M", [84.7, 94.0, 88.1, 54.0, 91.0, 87.3, 69.8, 89.5], [.08, .87, 1.57, 3.07, .05, .02, 1.51, .35]),
        Row("IA3", "0.06M", [85.4, 93.4, 86.4, 57.8, 91.1, 88.5, 73.5, 88.5], []),
        Row("LoReFT", "0.02M", [83.1, 93.4, 89.2, 60.4, 91.2, 87.4, 79.0, 90.0], [.26, .64, 2.62, 2.60, .25, .23, 2.76, .29]),
        Row("RED", "0.02M", [83.9, 93.9, 89.2, 61.0, 90.7, 87.2, 78.0, 90.4], [.14, .31, .98, 2.96, .35, .17, 2.06, .32]),
        Row("LoRA", "0.3M", [86.6, 93.9, 88.7, 59.7, 92.6, 90.4, 75.3, 90.3], [.23, .49, .76, 4.36, .10, .08, 2.79, .54]),
        Row("Adapter-FFN", "0.3M", [87.1, 93.0, 88.8, 58.5, 92.0, 90.2, 77.7, 90.4], [.10, .05, 1.38, 1.69, .28, .07, 1.93, .31]),
        Row("Adapter", "0.4M", [87.0, 93.3, 88.4, 60.9, 92.5, 90.5, 76.5, 90.5], [.28, .40, 1.54, 3.09, .02, .08, 2.26, .35]),
        Row("DeLoRA", "0.3M", [87.2, 94.1, 89.0, 63.6, 92.8, 90.1, 77.1, 90.9], [.15, .70, .96, 1.52, .51, .13, 3.65, .31]),
    ];

    /// <summary>The row of one of this library's methods; null when the paper has none.</summary>
    /// <param name="method">
    /// The method's name, such as <c>DeLoRA</c>; <c>full</c> and <c>Bottleneck</c> are the paper's full fine-tuning and Adapter.
    /// </param>
    public static PaperResults? Find(string method)
    {
        string name = method switch { "full" => "full fine-tuning", "Bottleneck" => "Adapter", _ => method };
        return All.FirstOrDefault(r => r.Method == name);
    }

    private static PaperResults Row(string method, string parameters, double[] means, double[] deviations)
        => new(method, parameters,
            _tasks.Select((task, i) => (task, (means[i], i < deviations.Length ? deviations[i] : (double?)null))).ToDictionary());
}
