using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Output;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary>What <c>delora evaluate</c> prints, on scores that are made up.</summary>
[Collection("console")]
public class ReportTests
{
    private sealed class Row
    {
        public string Label { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    // sklearn.metrics.classification_report and confusion_matrix of these labels; the class "none" is neither there nor predicted.
    private static readonly string[] _classes = ["cat", "dog", "none", "bird"];
    private static readonly (int Right, int Predicted)[] _rows = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (3, 1), (0, 0), (1, 1)];

    [Theory]
    [InlineData(0, "0 rows")]
    [InlineData(1, "1 row")]
    [InlineData(2000, "2,000 rows")]
    public void A_number_has_the_word_that_fits_it(long count, string said)
        => Assert.Equal(said, Microsoft.ML.DeLoRA.Cli.Output.Count.Rows(count));

    [Fact]
    public void Figures_are_those_of_scikit_learn()
    {
        JsonElement json = JsonDocument.Parse(Print(_classes, _rows, json: true)).RootElement;
        Assert.Equal(8, json.GetProperty("rows").GetInt32());
        Assert.Equal(5 / 8.0, json.GetProperty("accuracy").GetDouble(), 1e-12);
        Means(json.GetProperty("macro_average"), (3 / 4.0 + 2 / 4.0) / 3, (3 / 4.0 + 2 / 3.0) / 3, (3 / 4.0 + 4 / 7.0) / 3);
        Means(json.GetProperty("weighted_average"), (4 * 3 / 4.0 + 3 * 2 / 4.0) / 8, (4 * 3 / 4.0 + 3 * 2 / 3.0) / 8,
            (4 * 3 / 4.0 + 3 * 4 / 7.0) / 8);
        Assert.Equal(json.GetProperty("macro_average").GetProperty("f1").GetDouble(), json.GetProperty("macro_f1").GetDouble(), 1e-12);
        JsonElement dog = json.GetProperty("classes")[1];
        Assert.Equal("dog", dog.GetProperty("label").GetString());
        Means(dog, 2 / 4.0, 2 / 3.0, 4 / 7.0);
        Assert.Equal(3, dog.GetProperty("support").GetInt32());
        Means(json.GetProperty("classes")[2], 0, 0, 0);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("classes")[2].GetProperty("log_loss").ValueKind);
        Assert.Equal("[[3,1,0,0],[1,2,0,0],[0,0,0,0],[0,1,0,0]]", json.GetProperty("confusion").GetRawText());

        static void Means(JsonElement figures, double precision, double recall, double f1)
        {
            Assert.Equal(precision, figures.GetProperty("precision").GetDouble(), 1e-12);
            Assert.Equal(recall, figures.GetProperty("recall").GetDouble(), 1e-12);
            Assert.Equal(f1, figures.GetProperty("f1").GetDouble(), 1e-12);
        }
    }

    [Fact]
    public void Of_very_many_classes_those_that_go_worst_are_listed()
    {
        string[] classes = [.. Enumerable.Range(0, 300).Select(i => $"class{i}")];
        // Of the first 150 every second one is taken for its neighbour; the others have no rows.
        (int, int)[] rows = [.. Enumerable.Range(0, 150).Select(i => (i, i % 2 == 0 ? i : i + 1))];
        string[] lines = Print(classes, rows, json: false).ReplaceLineEndings("\n").Split('\n');
        Assert.Contains("the 100 classes of 300 with the lowest F1; --json has all", lines);
        string[] listed = [.. lines.TakeWhile(l => !l.StartsWith("the 100 ")).Where(l => l.StartsWith("class") && l.EndsWith(" 1"))];
        Assert.Equal(100, listed.Length);
        Assert.All(Enumerable.Range(0, 75), i => Assert.Contains(listed, l => l.StartsWith($"class{2 * i + 1} ")));
    }

    [Fact]
    public void A_report_is_aligned()
    {
        string text = Print(_classes, _rows, json: false, unknown: ["fish", "fish", "a\tb"]).ReplaceLineEndings("\n");
        Assert.StartsWith("8 rows, 3 more left out because the model does not know their label: 'fish', 'a\\tb'\naccuracy        0.6250\n",
            text);
        Assert.EndsWith("""

            class               precision  recall      F1  support
            cat                    0.7500  0.7500  0.7500        4
            dog                    0.5000  0.6667  0.5714        3
            none                   0.0000  0.0000  0.0000        0
            bird                   0.0000  0.0000  0.0000        1
            (macro average)        0.4167  0.4722  0.4405        8
            (weighted average)     0.5625  0.6250  0.5893        8

            confusion matrix: a line for each right class, a column for each predicted one
                  cat  dog  none  bird
            cat     3    1     0     0
            dog     1    2     0     0
            none    0    0     0     0
            bird    0    1     0     0

            """.ReplaceLineEndings("\n"), text);
    }

    [Fact]
    public void Many_classes_with_long_and_wide_names_keep_their_columns()
    {
        string[] classes = [.. Enumerable.Range(0, 77).Select(i => i switch
        {
            0 => "\u4e2d\u6587\u6807\u7b7e",
            1 => "e\u0301te\u0301",
            2 => new string('x', 90),
            3 => string.Concat(Enumerable.Repeat("\u65e5\u672c", 30)),
            4 => "line\nbreak",
            _ => $"intent_{i}",
        })];
        (int, int)[] rows = [.. Enumerable.Range(0, 77).Select(i => (i, i)), (0, 1), (0, 1), (5, 6)];
        string[] lines = Print(classes, rows, json: false).ReplaceLineEndings("\n").Split('\n');
        string[] table = [.. lines.SkipWhile(l => !l.StartsWith("class", StringComparison.Ordinal)).TakeWhile(l => l.Length > 0)];
        Assert.Equal(1 + 77 + 2, table.Length);
        // The numbers stand to the right, so all lines are equally wide.
        Assert.Single(table.Select(AlignedTable.Cells).Distinct());
        Assert.StartsWith("\u4e2d\u6587\u6807\u7b7e ", table[1]);
        Assert.StartsWith(new string('x', 39) + "… ", table[3]);
        Assert.StartsWith(@"line\nbreak ", table[5]);
        Assert.DoesNotContain(lines, l => AlignedTable.Cells(l) > 120);
        int at = Array.FindIndex(lines,
            l => l.StartsWith("most frequent confusions (2 of 2; --json has the whole matrix)", StringComparison.Ordinal));
        Assert.Matches(@"^\u4e2d\u6587\u6807\u7b7e +e\u0301te\u0301 +2$", lines[at + 2]);
        Assert.Matches("^intent_5 +intent_6 +1$", lines[at + 3]);

        JsonElement json = JsonDocument.Parse(Print(classes, rows, json: true)).RootElement;
        Assert.Equal(classes, json.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("label").GetString()));
        Assert.Equal(77, json.GetProperty("confusion").GetArrayLength());
        Assert.Equal(2, json.GetProperty("confusion")[0][1].GetInt32());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void No_figure_is_made_of_scores_that_are_not_finite(float score)
    {
        string message = Assert.ThrowsAny<NotFiniteNumberException>(
            () => Print(_classes, _rows, json: false, change: rows => rows[2].Score[1] = score)).Message;
        Assert.Contains(FormattableString.Invariant($" 1 of row 2 is {score}; "), message);
    }

    [Fact]
    public void A_multi_label_report_is_aligned()
    {
        bool[][] right = [[true, false], [true, true], [false, true], [true, false]];
        bool[][] predicted = [[true, false], [false, true], [false, true], [true, true]];
        MultiLabelReport report = MultiLabelReport.Create(right, predicted, ["a", "\u65e5\u672c"]);
        string text = Captured(() => LabelReport.Print(report, json: false)).ReplaceLineEndings("\n");
        Assert.EndsWith("""

            label               precision  recall      F1  support
            a                      1.0000  0.6667  0.8000        3
            日本                   0.6667  1.0000  0.8000        2
            (macro average)        0.8333  0.8333  0.8000        5
            (weighted average)     0.8667  0.8000  0.8000        5

            """.ReplaceLineEndings("\n"), text);
        JsonElement json = JsonDocument.Parse(Captured(() => LabelReport.Print(report, json: true))).RootElement;
        Assert.Equal((3 * 1.0 + 2 * 2 / 3.0) / 5, json.GetProperty("weighted_average").GetProperty("precision").GetDouble(), 1e-12);
    }

    private static string Print(
        string[] classes, (int Right, int Predicted)[] rows, bool json, string[]? unknown = null, Action<Row[]>? change = null)
    {
        Row[] scored =
        [
            .. rows.Select(r => new Row { Label = classes[r.Right], Score = Scores(r.Predicted) }),
            .. (unknown ?? []).Select(label => new Row { Label = label, Score = Scores(0) }),
        ];
        change?.Invoke(scored);
        var context = new MLContext();
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["Score"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes.Length);
        IDataView data = context.Data.LoadFromEnumerable(scored, definition);
        IDataView names = context.Data.LoadFromEnumerable(classes.Select(c => new LabelledText { Label = c }));
        ITransformer keys = context.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Fit(names);
        IDataView keyed = context.Transforms.Conversion.MapValueToKey("PredictedLabel", "Label").Fit(names).Transform(keys.Transform(data));
        LabelledText[] texts = [.. scored.Select(r => new LabelledText { Label = r.Label })];
        return Captured(() => ClassificationReport.Print(context, keyed, texts, json));

        float[] Scores(int best) => [.. classes.Select((_, i) => i == best ? 0.9f : 0.1f / (classes.Length - 1))];
    }

    private static string Captured(Action print)
    {
        TextWriter before = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            print();
        }
        finally
        {
            Console.SetOut(before);
        }
        return output.ToString();
    }
}
