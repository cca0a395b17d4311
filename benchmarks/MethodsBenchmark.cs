using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Benchmarks;

/// <summary>
/// Every adapter method on the same real tasks from roberta-nano, by the GLUE protocol of the paper but with fewer rows and epochs. Each
/// run is a process of its own, so that its peak of memory is its own; runs that a task's result file has already are not repeated.
/// </summary>
internal static class MethodsBenchmark
{
    private const int Epochs = 2;

    private static readonly (string Task, int Rows)[] s_tasks = [("SST-2", 5000), ("CoLA", 2000), ("STS-B", 1000), ("MRPC", 1000)];

    /// <summary>One method's result on one task with one seed.</summary>
    public sealed record Result(
        string Task, string Method, int Seed, int Rows, int Epochs, double LearningRate, string Metric, double Value,
        long TrainedBesidesHead, double Seconds, double PeakMegabytes);

    public static int Run(string folder, string[] tasks)
    {
        foreach ((string task, _) in s_tasks.Where(t => tasks.Length == 0 || tasks.Contains(t.Task)))
        {
            List<Result> results = [.. ResultFile.Read<Result>(FileOf(task))];
            foreach (int seed in new[] { 42, 43, 44 })
            {
                foreach (string method in MethodsTable.Rows.Keys.Where(m => !results.Any(r => (r.Method, r.Seed) == (m, seed))))
                {
                    Result result = InOwnProcess(["methods-run", folder, task, method, $"{seed}"]);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{task,-6} {method,-26} seed {seed}: {result.Metric} {result.Value:F3}, {result.Seconds:F0} s"));
                    results.Add(result);
                    ResultFile.Write(FileOf(task), $"dotnet artifacts/bin/Benchmarks/release/Benchmarks.dll methods DATA {task}", results,
                        quiet: true);
                }
            }
        }
        Console.WriteLine(MethodsTable.Markdown([.. s_tasks.SelectMany(t => ResultFile.Read<Result>(FileOf(t.Task)))]));
        return 0;
    }

    public static int RunOne(string folder, string taskName, string methodName, int seed)
    {
        (AdapterMethod? method, double rate) = MethodsTable.Rows[methodName];
        int rows = s_tasks.Single(t => t.Task == taskName).Rows;
        var settings = new GlueSettings
        {
            Task = GlueTasks.Find(taskName),
            Adapter = method,
            Training =
                new TrainingOptions { Epochs = Epochs, LearningRate = rate, HeadLearningRate = 1e-3, MaxGradientNorm = 1, Seed = seed },
            MaxRows = rows,
            MaxLength = 128,
        };
        GlueResult result = new GlueTraining(settings, new GlueDirectory(Path.Combine(folder, "glue")), progress: null).Run(default);
        Console.WriteLine(JsonSerializer.Serialize(new Result(
            taskName, methodName, seed, rows, Epochs, rate, result.Metric, result.Test[result.Metric],
            result.TrainableParameters - result.HeadParameters, result.Seconds, Process.GetCurrentProcess().PeakWorkingSet64 / 1e6),
                ResultFile.Json));
        return 0;
    }

    private static string FileOf(string task) => $"methods-{task}";

    private static Result InOwnProcess(string[] arguments)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(MethodsBenchmark).Assembly.Location] : [];
        using Process process = Process.Start(new ProcessStartInfo(program, [.. self, .. arguments]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Result>(output.TrimEnd().Split('\n')[^1], ResultFile.Json)!
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
