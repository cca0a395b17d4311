using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

public class GlueDataTests
{
    /// <summary>Task, extension, content, and the first row that comes out of it.</summary>
    public static TheoryData<string, string, string, string, string?, float> Layouts() => new()
    {
        { "cola", ".tsv", "gj04\t1\t\tThe \"sailors.\ngj04\t0\t*\tb", "The \"sailors.", null, 1 },
        { "sst2", ".tsv", "sentence\tlabel\nit 's charming \t1\n", "it 's charming ", null, 1 },
        { "mrpc", ".tsv", "\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t7\t8\t\"He said\tShe said\"\r\n", "\"He said",
            "She said\"", 1 },
        { "stsb", ".tsv", GlueFiles.StsBHeader + "\n0\tg\tf\t2012\t1\tnone\tnone\tA\tB\t3.800\n", "A", "B", 3.8f },
        { "qqp", ".tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\tWhy?\tHow?\t0\n", "Why?", "How?", 0 },
        { "mnli", ".tsv", GlueFiles.MnliHeader + "\n0\t1\t1n\tfiction\t( a )\t( b )\tx\ty\ta\tb\tneutral\tneutral\n", "a", "b", 1 },
        { "qnli", ".tsv", "index\tquestion\tsentence\tlabel\n0\tWho?\tI.\tnot_entailment\n", "Who?", "I.", 1 },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n0\tfirst\tsecond\tentailment\n", "first", "second", 0 },
        { "wnli", ".tsv", "index\tsentence1\tsentence2\tlabel\n0\tfirst\tsecond\t1\n", "first", "second", 1 },
        { "rte", ".tsv", "label\tsentence2\tsentence1\n1\tsecond\u2028line\t\n", "", "second\u2028line", 1 },
        { "cola", ".jsonl", """{"sentence": "a\tb", "label": 1, "idx": 0}""", "a\tb", null, 1 },
        { "sst2", ".json", """{"label": "positive", "sentence": "é \ud83d\ude00"}""", "é 😀", null, 1 },
        { "mrpc", ".jsonl", """{"sentence1": "a", "sentence2": "b", "label": 0}""", "a", "b", 0 },
        { "stsb", ".jsonl", """{"sentence1": "a", "sentence2": "b", "label": 4.75}""", "a", "b", 4.75f },
        { "qqp", ".jsonl", """{"question1": "a", "question2": "b", "label": 1}""", "a", "b", 1 },
        { "mnli", ".jsonl", """{"premise": "a", "hypothesis": "b", "label": 2}""", "a", "b", 2 },
        { "qnli", ".jsonl", """{"question": "a", "sentence": "b", "label": "entailment"}""", "a", "b", 0 },
        { "rte", ".jsonl", """{"sentence1": "a", "sentence2": "b", "label": "not_entailment"}""", "a", "b", 1 },
        { "wnli", ".jsonl", """{"sentence1": "a", "sentence2": "b", "label": 0}""", "a", "b", 0 },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_layout_is_read(string task, string extension, string content, string first, string? second, float label)
    {
        GlueData data = GlueFiles.Read(task, content, extension);
        Assert.Equal(new GlueRow(first, second, label), data.Rows[0]);
        Assert.Empty(data.BrokenLines);
    }

    /// <summary>Task, extension, content, and what the message says.</summary>
    public static TheoryData<string, string, string, string> Malformed() => new()
    {
        { "rte", ".tsv", "", "line 1: there is no column 'sentence1', which RTE needs; the file is empty" },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n", "has no rows" },
        { "cola", ".tsv", "", "has no rows" },
        { "rte", ".tsv", "index\tsentence1\tlabel\n", "line 1: there is no column 'sentence2'" },
        { "rte", ".tsv", "0\ta\tb\tentailment\n", "line 1: there is no column 'sentence1'" },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tentailment\n1\ta\tb\n", "line 3: 3 fields instead of 4" },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tc\tentailment\n", "line 2: 5 fields instead of 4" },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n\n", "line 2: 1 fields instead of 4" },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\r0\tb\tentailment\n", "line 2: 2 fields instead of 4" },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tEntailment\n",
            "line 2: the label 'Entailment' is none of 0 (entailment), 1 (not_entailment)" },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\t\n", "line 2: the label '' is none of" },
        { "rte", ".tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\t2\n", "line 2: the label '2' is none of" },
        { "mnli", ".tsv", "sentence1\tsentence2\tgold_label\na\tb\t-\n",
            "line 2: the label '-' is none of 0 (entailment), 1 (neutral), 2 (contradiction)" },
        { "cola", ".tsv", "source\tlabel\tstar\tsentence\n", "line 1: the label 'label' is none of" },
        { "cola", ".tsv", "index\tsentence\n0\ta\n", "line 1: 2 fields instead of 4 (source, label, star, sentence)" },
        { "stsb", ".tsv", "sentence1\tsentence2\tscore\na\tb\t5.1\n", "line 2: the score '5.1' is not a number from 0 to 5" },
        { "stsb", ".tsv", "sentence1\tsentence2\tscore\na\tb\tNaN\n", "line 2: the score 'NaN' is not" },
        { "stsb", ".tsv", "sentence1\tsentence2\tscore\na\tb\t3,8\n", "line 2: the score '3,8' is not" },
        { "qqp", ".tsv", "question1\tquestion2\tis_duplicate\na\tb\tyes\n", "line 2: the label 'yes' is none of" },
        { "qqp", ".tsv", "question1\tquestion2\tis_duplicate\na\tb\n", "has no rows" },
        { "rte", ".jsonl", """{"sentence1": "a", "sentence2": "b", "label": 0}""" + "\n{", "line 2: not a JSON object" },
        { "rte", ".jsonl", """[{"sentence1": "a", "sentence2": "b", "label": 0}]""", "line 1: a JSON Array instead of an object" },
        { "rte", ".jsonl", "\n", "line 1: not a JSON object" },
        { "rte", ".jsonl", """{"sentence1": "a", "label": 0}""", "line 1: there is no field 'sentence2'; there are: sentence1, label" },
        { "rte", ".jsonl", """{"sentence1": "a", "sentence2": null, "label": 0}""",
            "line 1: the field 'sentence2' is a JSON Null instead of a text" },
        { "rte", ".jsonl", """{"sentence1": "a", "sentence2": "\ud83d", "label": 0}""", "line 1: a text with half of a surrogate pair" },
        { "rte", ".jsonl", """{"sentence1": "a", "sentence2": "b", "label": -1}""", "-1 stands for the hidden labels of a test set" },
        { "rte", ".jsonl", """{"sentence1": "a", "sentence2": "b", "label": null}""", "line 1: the field 'label' is a JSON Null" },
        { "stsb", ".jsonl", """{"sentence1": "a", "sentence2": "b", "label": -0.5}""", "line 1: the score '-0.5' is not" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_is_malformed_is_refused_with_file_and_line(string task, string extension, string content, string message)
    {
        string found = Assert.Throws<InvalidDataException>(() => GlueFiles.Read(task, content, extension)).Message;
        Assert.Contains("data" + extension, found);
        Assert.Contains(message, found);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused_with_file_and_line()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllBytes(folder["dev.tsv"], [.. "sentence\tlabel\ngood\t1\nca"u8, 0xE9, .. "\t1\n"u8]);
        string message = Assert.Throws<InvalidDataException>(() => GlueData.Read(GlueTasks.Sst2, folder["dev.tsv"])).Message;
        Assert.Contains("dev.tsv, line 3: not valid UTF-8", message);
    }

    [Fact]
    public void Broken_lines_of_QQP_are_left_out_and_listed()
    {
        GlueData data = GlueFiles.Read("qqp", "id\tquestion1\tquestion2\tis_duplicate\n1\ta\tb\t0\n2\tc\nd\t1\n3\te\tf\t1\n");
        Assert.Equal(["a", "e"], data.Rows.Select(r => r.First));
        Assert.Equal([3, 4], data.BrokenLines);
    }

    /// <summary>The parts that are whole in the shared folder.</summary>
    public static TheoryData<string, GluePart> WholeParts()
    {
        var parts = new TheoryData<string, GluePart> { { "qnli", GluePart.Validation } };
        foreach (string task in (string[])["cola", "sst2", "mrpc", "stsb", "rte", "wnli"])
        {
            parts.Add(task, GluePart.Train);
            parts.Add(task, GluePart.Validation);
        }
        return parts;
    }

    [SharedTheory("data/glue")]
    [MemberData(nameof(WholeParts))]
    public void Real_files_have_the_official_number_of_rows(string name, GluePart part)
    {
        GlueTask task = GlueTasks.Find(name);
        GlueData data = new GlueDirectory(Path.Combine(Repository.Shared, "data", "glue")).Read(task, part);
        Assert.Equal(part == GluePart.Train ? task.TrainCount : task.ValidationCount, data.Rows.Count);
        Assert.All(data.Rows, r => Assert.Equal(task.IsPair, r.Second is not null));
        Assert.Equal(Math.Max(2, task.OutputCount),
            Math.Min(task.IsRegression ? 2 : int.MaxValue, data.Rows.Select(r => r.Label).Distinct().Count()));
    }

    [SharedTheory("data/glue")]
    [InlineData("mnli", 8999)]
    [InlineData("qnli", 8999)]
    [InlineData("qqp", 28862)]
    public void Real_files_that_are_a_part_are_read_whole(string task, int rows)
        => Assert.Equal(rows,
            new GlueDirectory(Path.Combine(Repository.Shared, "data", "glue")).Read(GlueTasks.Find(task), GluePart.Train).Rows.Count);
}
