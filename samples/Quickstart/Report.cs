using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>Prints how good the model is, beside what always guessing the most frequent class would give.</summary>
internal static class Report
{
    public static void Print(MulticlassClassificationMetrics metrics, string[] classes, Row[] train, Row[] test)
    {
        string frequent = train.CountBy(r => r.Label).MaxBy(c => c.Value).Key;
        int width = Math.Max(12, classes.Max(c => c.Length) + 2);
        Console.WriteLine($"\n{"class".PadRight(width)}{"rows",6}{"accuracy",11}{$"always '{frequent}'",24}");
        foreach ((string name, IReadOnlyList<double> counts, double recall) in classes.Zip(metrics.ConfusionMatrix.Counts,
            metrics.ConfusionMatrix.PerClassRecall))
            Console.WriteLine($"{name.PadRight(width)}{counts.Sum(),6}{recall,11:P1}{(name == frequent ? 1 : 0),24:P1}");
        double baseline = (double)test.Count(r => r.Label == frequent) / test.Length;
        Console.WriteLine($"{"all".PadRight(width)}{test.Length,6}{metrics.MicroAccuracy,11:P1}{baseline,24:P1}   "
            + $"log-loss {metrics.LogLoss:F3}");
        int unseen = test.Count(r => !classes.Contains(r.Label));
        if (unseen > 0)
            Console.WriteLine($"{unseen} test rows have a class that is not among the training rows; "
                + "the model's accuracy is over the others.");
    }
}
