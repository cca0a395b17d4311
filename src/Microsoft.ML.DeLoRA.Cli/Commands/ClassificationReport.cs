using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Output;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>
/// How well a classifier does: as text, or as JSON. Means are scikit-learn's: "macro" over the classes that a row is in or is put into,
/// each counting the same, "weighted" by the rows of each class; a ratio without a case is 0.
/// </summary>
internal sealed class ClassificationReport
{
    // What fits the width of a window; more classes than that are not read as a matrix either.
    private const int WidestMatrix = 120;
    private const int MostConfusions = 20;
    private const int MostClasses = 100;

    private readonly string[] _labels;
    private readonly long[,] _confusion;
    private readonly LabelCounts[] _counts;
    private readonly MulticlassClassificationMetrics _metrics;
    private readonly double _macroF1;
    private readonly double? _matthews;
    private readonly int _rows;
    private readonly string[] _unknown;

    private ClassificationReport(
        MulticlassClassificationMetrics metrics, Predictions predictions, string[] labels, string[] unknown)
    {
        (_metrics, _labels, _rows, _unknown) = (metrics, labels, predictions.Count, unknown);
        _confusion = new long[labels.Length, labels.Length];
        _counts = new LabelCounts[labels.Length];
        for (int row = 0; row < predictions.Count; row++)
        {
            (int right, int predicted) = (predictions.TargetClass(row), predictions.PredictedClass(row));
            _confusion[right, predicted]++;
            _counts[right] = _counts[right].With(there: true, predicted: right == predicted);
            if (right != predicted)
                _counts[predicted] = _counts[predicted].With(there: false, predicted: true);
        }
        _macroF1 = new MacroF1().Compute(predictions);
        _matthews = labels.Length == 2 ? new MatthewsCorrelation().Compute(predictions) : null;
    }

    /// <summary>Prints how a scored table fits its labels.</summary>
    /// <param name="context">The context.</param>
    /// <param name="scored">The table, its labels as keys.</param>
    /// <param name="rows">The rows that it was made of.</param>
    /// <param name="json">Whether as JSON.</param>
    /// <exception cref="UsageException">The model knows none of the labels, or a score is no finite number.</exception>
    public static void Print(MLContext context, IDataView scored, IReadOnlyList<LabelledText> rows, bool json)
    {
        string[] labels = LabelNames(scored.Schema);
        HashSet<string> known = [.. labels];
        string[] unknown = [.. rows.Select(r => r.Label).Where(l => !known.Contains(l))];
        if (unknown.Length == rows.Count)
        {
            string names = string.Join(", ", labels.Take(20).Select(OneLine.Escape)) + (labels.Length > 20 ? ", ..." : "");
            throw new UsageException($"The model knows none of the file's labels; it knows {names}. Is --label the right column?");
        }
        // Before ML.NET's evaluator, which makes a log-loss of 0 of NaN: this refuses scores that are not finite.
        Predictions predictions = ScoredPredictions.Read(scored, ClassificationPipeline.KeyColumn);
        MulticlassClassificationMetrics metrics =
            context.MulticlassClassification.Evaluate(scored, labelColumnName: ClassificationPipeline.KeyColumn);
        var report = new ClassificationReport(metrics, predictions, labels, unknown);
        if (json)
            Console.WriteLine(report.Json());
        else
            report.WriteTo(Console.Out);
    }

    private static string[] LabelNames(DataViewSchema schema)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema[ClassificationPipeline.KeyColumn].GetKeyValues(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private string Json() => JsonText.Of(new
    {
        rows = _rows,
        rows_with_unknown_label = _unknown.Length,
        unknown_labels = _unknown.Distinct(),
        accuracy = _metrics.MicroAccuracy,
        macro_accuracy = JsonText.Number(_metrics.MacroAccuracy),
        macro_f1 = _macroF1,
        matthews = _matthews,
        log_loss = JsonText.Number(_metrics.LogLoss),
        log_loss_reduction = JsonText.Number(_metrics.LogLossReduction),
        macro_average = AsJson(Macro()),
        weighted_average = AsJson(Weighted()),
        classes = _labels.Select((label, i) => new
        {
            label,
            precision = _counts[i].Precision,
            recall = _counts[i].Recall,
            f1 = _counts[i].F1,
            support = _counts[i].Support,
            log_loss = _counts[i].Support > 0 ? JsonText.Number(_metrics.PerClassLogLoss[i]) : null,
        }),
        confusion = _labels.Select((_, right) => _labels.Select((_, predicted) => _confusion[right, predicted])),
    });

    private static object AsJson((double Precision, double Recall, double F1) mean)
        => new { precision = mean.Precision, recall = mean.Recall, f1 = mean.F1 };

    private void WriteTo(TextWriter writer)
    {
        writer.WriteLine(Invariant($"{_rows} {(_rows == 1 ? "row" : "rows")}") + (_unknown.Length > 0
            ? $", {_unknown.Length} more left out because the model does not know their label: "
                + OneLine.Names([.. _unknown.Distinct()], most: 5)
            : ""));
        writer.WriteLine(Invariant($"accuracy        {_metrics.MicroAccuracy:F4}"));
        writer.WriteLine(Invariant($"macro accuracy  {_metrics.MacroAccuracy:F4}"));
        writer.WriteLine(Invariant($"macro F1        {_macroF1:F4}"));
        if (_matthews is not null)
            writer.WriteLine(Invariant($"Matthews        {_matthews:F4}"));
        writer.WriteLine(Invariant($"log loss        {_metrics.LogLoss:F4}"));
        writer.WriteLine();
        ClassTable().WriteTo(writer);
        if (_labels.Length > MostClasses)
            writer.WriteLine($"the {MostClasses} classes of {_labels.Length} with the lowest F1; --json has all");
        writer.WriteLine();
        AlignedTable matrix = Matrix();
        if (matrix.Width <= WidestMatrix)
        {
            writer.WriteLine("confusion matrix: a line for each right class, a column for each predicted one");
            matrix.WriteTo(writer);
            return;
        }
        AlignedTable confusions = Confusions(out int count);
        writer.WriteLine(count == 0
            ? "no confusions"
            : $"most frequent confusions ({Math.Min(count, MostConfusions)} of {count}; --json has the whole matrix)");
        if (count > 0)
            confusions.WriteTo(writer);
    }

    private AlignedTable ClassTable()
    {
        var table = new AlignedTable(new("class"), new("precision", true), new("recall", true), new("F1", true), new("support", true));
        // Nobody reads ten thousand lines: the classes that go worst, of those that a row is in.
        IEnumerable<int> shown = Enumerable.Range(0, _labels.Length);
        if (_labels.Length > MostClasses)
            shown = shown.OrderByDescending(i => _counts[i].Support > 0).ThenBy(i => _counts[i].F1).Take(MostClasses).Order();
        foreach (int i in shown)
            Add(_labels[i], _counts[i].Precision, _counts[i].Recall, _counts[i].F1, _counts[i].Support);
        Add("(macro average)", Macro().Precision, Macro().Recall, Macro().F1, _rows);
        Add("(weighted average)", Weighted().Precision, Weighted().Recall, Weighted().F1, _rows);
        return table;

        void Add(string name, double precision, double recall, double f1, long support)
            => table.Add(name, Invariant($"{precision:F4}"), Invariant($"{recall:F4}"), Invariant($"{f1:F4}"), Invariant($"{support}"));
    }

    private AlignedTable Matrix()
    {
        var table = new AlignedTable([new(""), .. _labels.Select(label => new AlignedColumn(label, IsNumber: true, Widest: 16))]);
        for (int right = 0; right < _labels.Length; right++)
            table.Add([_labels[right], .. _labels.Select((_, predicted) => Invariant($"{_confusion[right, predicted]}"))]);
        return table;
    }

    private AlignedTable Confusions(out int count)
    {
        (int Right, int Predicted)[] confused =
        [
            .. from right in Enumerable.Range(0, _labels.Length)
               from predicted in Enumerable.Range(0, _labels.Length)
               where right != predicted && _confusion[right, predicted] > 0
               orderby _confusion[right, predicted] descending
               select (right, predicted),
        ];
        count = confused.Length;
        var table = new AlignedTable(new("right"), new("predicted"), new("rows", true));
        foreach ((int right, int predicted) in confused.Take(MostConfusions))
            table.Add(_labels[right], _labels[predicted], Invariant($"{_confusion[right, predicted]}"));
        return table;
    }

    private (double Precision, double Recall, double F1) Macro()
    {
        LabelCounts[] met = [.. _counts.Where(c => c.Support + c.FalsePositives > 0)];
        return (met.Average(c => c.Precision), met.Average(c => c.Recall), met.Average(c => c.F1));
    }

    private (double Precision, double Recall, double F1) Weighted()
        => (Weighted(c => c.Precision), Weighted(c => c.Recall), Weighted(c => c.F1));

    private double Weighted(Func<LabelCounts, double> figure) => _counts.Sum(c => c.Support * figure(c)) / _rows;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
