using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Training;

namespace Benchmarks;

/// <summary>
/// Every adapter method on the same real tasks from roberta-nano. Each run is a process of its own, so that its peak of memory is its
/// own; runs that the result file has already are not repeated.
/// </summary>
internal static class MethodsBenchmark
{
    private const int Epochs = 2;

    /// <summary>One method's result on one task with one seed.</summary>
    public sealed record Result(
        string Task, string Method, int Seed, int Rows, int Epochs, double LearningRate, string Metric, double Value,
        long TrainableParameters, double Seconds, double PeakMegabytes);

    public static int Run(string folder, string[] tasks)
    {
        foreach (MethodsTask task in MethodsTask.All.Where(t => tasks.Length == 0 || tasks.Contains(t.Name)))
        {
            List<Result> results = [.. ResultFile.Read<Result>(FileOf(task))];
            foreach (int seed in new[] { 1, 2, 3 })
            {
                foreach (string method in MethodsTable.Rows.Keys.Where(m => !results.Any(r => (r.Method, r.Seed) == (m, seed))))
                {
                    Result result = InOwnProcess(["methods-run", folder, task.Name, method, $"{seed}"]);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{task.Name,-6} {method,-26} seed {seed}: {result.Metric} {result.Value:F3}, {result.Seconds:F0} s"));
                    results.Add(result);
                    ResultFile.Write(FileOf(task), $"dotnet artifacts/bin/Benchmarks/release/Benchmarks.dll methods DATA {task.Name}", results, quiet: true);
                }
            }
        }
        Console.WriteLine(MethodsTable.Markdown([.. MethodsTask.All.SelectMany(t => ResultFile.Read<Result>(FileOf(t)))]));
        return 0;
    }

    public static int RunOne(string folder, string taskName, string methodName, int seed)
    {
        MethodsTask task = MethodsTask.All.Single(t => t.Name == taskName);
        (AdapterMethod? method, double rate) = MethodsTable.Rows[methodName];
        var mlContext = new MLContext(seed);
        IDataView train = mlContext.Data.LoadFromEnumerable(task.Read(folder, "train").Shuffled(1).Take(task.Rows).ToArray());
        IDataView dev = mlContext.Data.LoadFromEnumerable(task.Read(folder, "dev"));
        var clock = Stopwatch.StartNew();
        using var model = mlContext.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(mlContext.Transforms.DeLoRATextClassification(new DeLoRATextClassificationOptions
            {
                Adapter = method,
                SecondTextColumnName = task.IsPair ? "Second" : null,
                Training = new TrainingOptions { Epochs = Epochs, LearningRate = rate, HeadLearningRate = 1e-3, MaxGradientNorm = 1 },
                MaxLength = 128,
                Seed = seed,
            }))
            .Fit(train);
        double seconds = clock.Elapsed.TotalSeconds;
        ConfusionMatrix confusion = mlContext.MulticlassClassification.Evaluate(model.Transform(dev)).ConfusionMatrix;
        var text = model.LastTransformer.Model;
        Console.WriteLine(JsonSerializer.Serialize(new Result(taskName, methodName, seed, task.Rows, Epochs, rate, task.Metric, task.Measure(confusion.Counts),
            TrainableParameters.Count(text.Classifier, text.Adapters).Trainable, seconds, Process.GetCurrentProcess().PeakWorkingSet64 / 1e6)));
        return 0;
    }

    private static string FileOf(MethodsTask task) => $"methods-{task.Name}";

    private static Result InOwnProcess(string[] arguments)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(MethodsBenchmark).Assembly.Location] : [];
        using Process process = Process.Start(new ProcessStartInfo(program, [.. self, .. arguments]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Result>(output.TrimEnd().Split('\n')[^1])!
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
