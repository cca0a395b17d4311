using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

public class GlueDirectoryTests
{
    [Theory]
    [InlineData("rte", GluePart.Train, "RTE/train.tsv")]
    [InlineData("rte", GluePart.Validation, "RTE/dev.tsv")]
    [InlineData("sst2", GluePart.Train, "sst2/train.jsonl")]
    [InlineData("sst2", GluePart.Validation, "SST-2/validation.json")]
    [InlineData("mnli", GluePart.Validation, "MNLI/dev_matched.tsv")]
    [InlineData("mnli", GluePart.MismatchedValidation, "MNLI/dev_mismatched.tsv")]
    [InlineData("mnli", GluePart.MismatchedValidation, "mnli/validation_mismatched.jsonl")]
    public void A_part_is_found(string task, GluePart part, string file)
    {
        using var folder = new TemporaryDirectory();
        string path = Path.Combine(folder.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        Assert.Equal(path, new GlueDirectory(folder.Path).Find(GlueTasks.Find(task), part));
        Assert.Null(new GlueDirectory(folder.Path).Find(GlueTasks.CoLA, part));
    }

    [Fact]
    public void Missing_data_is_answered_with_where_to_get_it_and_where_to_put_it()
    {
        using var folder = new TemporaryDirectory();
        var directory = new GlueDirectory(folder.Path);
        string message = Assert.Throws<FileNotFoundException>(() => directory.Check(GlueTasks.Mnli)).Message;
        Assert.Contains(Path.Combine(folder.Path, "MNLI", "train.tsv"), message);
        Assert.Contains(Path.Combine(folder.Path, "mnli", "train.jsonl"), message);
        Assert.Contains("gluebenchmark.com", message);
        message = Assert.Throws<FileNotFoundException>(() => directory.Read(GlueTasks.Mnli, GluePart.Validation)).Message;
        Assert.Contains(Path.Combine(folder.Path, "MNLI", "dev_matched.tsv"), message);
        Assert.Contains(Path.Combine(folder.Path, "mnli", "validation_matched.jsonl"), message);
    }
}
