using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// Results as a Markdown table: a row for each method, mean and sample deviation over its seeds in percent, the paper's row below it.
/// </summary>
public static class GlueTable
{
    /// <summary>Makes the table.</summary>
    /// <param name="results">Results of any tasks, methods and seeds; methods and seeds keep the order of their first appearance.</param>
    public static string Create(IReadOnlyCollection<GlueResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        GlueTask[] tasks = [.. GlueTasks.All.Where(t => results.Any(r => r.Task == t.Name))];
        var lines = new List<string[]>
        {
            (string[])["method", "trained", .. tasks.Select(t => $"{t.Name}, {t.Metric.Name}"), "seeds", "time"],
        };
        foreach (GlueResult[] own in results.GroupBy(r => r.Method).Select(g => g.ToArray()))
        {
            string time = TimeSpan.FromSeconds(own.Sum(r => r.Seconds)).ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture);
            lines.Add(
            [
                own[0].Method, Parameters(own), .. tasks.Select(t => Cell([.. own.Where(r => r.Task == t.Name).Select(r => r.Value)])),
                string.Join(' ', own.Select(r => r.Seed).Distinct()), time,
            ]);
            if (PaperResults.Find(own[0].Method) is not { } paper)
                continue;
            lines.Add(
            [
                $"{paper.Method}, paper, RoBERTa-base", paper.Parameters, .. tasks.Select(t => PaperCell(paper, t)), "42 43 44 45 46", "",
            ]);
        }
        return Markdown(lines);
    }

    // Without the head, as the paper counts; it grows with the number of classes only.
    private static string Parameters(GlueResult[] results)
        => string.Join(" to ", results.Select(r => r.TrainableParameters - r.HeadParameters).Distinct().Order()
            .Select(n => n.ToString("N0", CultureInfo.InvariantCulture)));

    private static string Cell(double[] values)
    {
        if (values.Length == 0)
            return "";
        if (values.Any(double.IsNaN))
            return $"undefined in {values.Count(double.IsNaN)} of {values.Length}";
        return Percent(100 * values.Average(), 100 * SampleDeviation.Of(values));
    }

    private static string PaperCell(PaperResults paper, GlueTask task)
        => paper.Values.TryGetValue(task.Name, out (double Mean, double? Deviation) value) ? Percent(value.Mean, value.Deviation) : "";

    private static string Percent(double mean, double? deviation)
        => mean.ToString("F1", CultureInfo.InvariantCulture) + deviation?.ToString(" (0.00)", CultureInfo.InvariantCulture);

    private static string Markdown(List<string[]> lines)
    {
        int[] widths = [.. Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(l => l[column].Length))];
        var text = new StringBuilder();
        for (int i = 0; i < lines.Count; i++)
        {
            text.Append("| ").AppendJoin(" | ", lines[i].Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
            if (i == 0)
                text.Append('|').AppendJoin('|', widths.Select(w => new string('-', w + 2))).Append("|\n");
        }
        return text.ToString();
    }
}
