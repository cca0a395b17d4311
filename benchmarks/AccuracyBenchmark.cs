using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Adapters;

namespace Benchmarks;

/// <summary>Real tasks through the ML.NET pipeline from roberta-nano: DeLoRA against the same run with the head alone.</summary>
internal static class AccuracyBenchmark
{
    private sealed record Row(string Text, string Label);

    private sealed record Task(string Name, Func<string, MLContext, (IDataView Train, IDataView Test)> Load, TrainingOptions Training,
        DeLoRAMethod Adapter);

    private static readonly Task[] s_tasks =
    [
        new("sms-spam", LoadSmsSpam, new TrainingOptions { Epochs = 4, LearningRate = 3e-3, HeadLearningRate = 1e-3 },
            new DeLoRAMethod { Lambda = 8 }),
        new("sst2-10k", LoadSst2, new TrainingOptions { Epochs = 5, LearningRate = 3e-3, HeadLearningRate = 1e-3 },
            new DeLoRAMethod { Lambda = 8, TargetModules = [ModulePattern.AllLinear] }),
    ];

    public static int Run(string folder, string[] names)
    {
        foreach (Task task in s_tasks.Where(t => names.Length == 0 || names.Contains(t.Name)))
        {
            object[] runs = [Measure(task, folder, task.Adapter), Measure(task, folder, adapter: null)];
            ResultFile.Write($"accuracy-{task.Name}", $"dotnet artifacts/bin/Benchmarks/release/Benchmarks.dll accuracy DATA {task.Name}",
                runs);
        }
        return 0;
    }

    private static object Measure(Task task, string folder, DeLoRAMethod? adapter)
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView train, IDataView test) = task.Load(folder, mlContext);
        var clock = Stopwatch.StartNew();
        using var model = mlContext.Transforms.Conversion.MapValueToKey("Label",
            keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(mlContext.Transforms.DeLoRATextClassification(new DeLoRATextClassificationOptions
            {
                Adapter = adapter,
                Training = task.Training with { Seed = 1 },
                Progress = new EpochLines(),
            }))
            .Fit(train);
        double seconds = clock.Elapsed.TotalSeconds;
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(test));
        string method = adapter?.Name ?? "head only";
        Console.WriteLine($"{task.Name}, {method}: accuracy {metrics.MicroAccuracy:F4}, log loss {metrics.LogLoss:F4}, {seconds:F0} s");
        return new
        {
            method, metrics.MicroAccuracy, metrics.MacroAccuracy, metrics.LogLoss, seconds, task.Training.Epochs,
            task.Training.LearningRate, adapter?.Rank, adapter?.Lambda, adapter?.TargetModules
        };
    }

    private static (IDataView, IDataView) LoadSmsSpam(string folder, MLContext mlContext)
    {
        IDataView all = mlContext.Data.LoadFromEnumerable(Rows(Path.Combine(folder, "text", "sms-spam", "SMSSpamCollection"), header: false,
            text: 1, label: 0));
        DataOperationsCatalog.TrainTestData split = mlContext.Data.TrainTestSplit(all, testFraction: 0.2, seed: 1);
        return (split.TrainSet, split.TestSet);
    }

    private static (IDataView, IDataView) LoadSst2(string folder, MLContext mlContext)
    {
        Row[] train = [.. Rows(Path.Combine(folder, "glue", "SST-2", "train.tsv"), header: true, text: 0, label: 1)];
        new Random(1).Shuffle(train);
        return (mlContext.Data.LoadFromEnumerable(train.Take(10_000).ToArray()),
            mlContext.Data.LoadFromEnumerable(Rows(Path.Combine(folder, "glue", "SST-2", "dev.tsv"), header: true, text: 0, label: 1)));
    }

    private static Row[] Rows(string file, bool header, int text, int label)
        => [.. File.ReadLines(file).Skip(header ? 1 : 0).Select(l => l.Split('\t')).Select(f => new Row(f[text], f[label]))];

    private sealed class EpochLines : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.FinishedEpoch is { } epoch)
                Console.WriteLine($"  epoch {epoch.Epoch}: loss {epoch.TrainingLoss:F4}, {value.RowsPerSecond:F0} rows/s");
        }
    }
}
