using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

/// <summary>What the authors' code did with numpy.</summary>
public class PaperSplitTests
{
    private static readonly JsonElement _golden =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Golden, "glue-split", "splits.json"))).RootElement;

    public static TheoryData<int> Permutations() => [.. Enumerable.Range(0, _golden.GetProperty("permutations").GetArrayLength())];

    public static TheoryData<int> Tasks() => [.. Enumerable.Range(0, _golden.GetProperty("tasks").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Permutations))]
    public void The_permutation_is_numpys(int index)
    {
        JsonElement expected = _golden.GetProperty("permutations")[index];
        int[] order = NumpyPermutation.Create(expected.GetProperty("n").GetInt32(), expected.GetProperty("seed").GetUInt32());
        AssertRows(expected, "first50", order);
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void The_split_is_the_authors(int index)
    {
        JsonElement expected = _golden.GetProperty("tasks")[index];
        GlueTask task = GlueTasks.Find(expected.GetProperty("task").GetString()!);
        Assert.Equal(expected.GetProperty("source_size").GetInt32(), task.ValidationCount);
        Assert.Equal(expected.GetProperty("num_labels").GetInt32(), task.OutputCount);
        var split = PaperSplit.Create(task, task.ValidationCount, expected.GetProperty("seed").GetInt32());
        AssertRows(expected.GetProperty("validation"), "first20", split.Validation);
        AssertRows(expected.GetProperty("test"), "first20", split.Test);
        Assert.Equal(expected.GetProperty("validation").GetProperty("size").GetInt32(), split.Validation.Count);
    }

    [Fact]
    public void A_task_that_the_paper_has_not_is_cut_in_halves()
    {
        var split = PaperSplit.Create(GlueTasks.Wnli, 71, 42);
        Assert.Equal((35, 36), (split.Validation.Count, split.Test.Count));
        Assert.Equal(Enumerable.Range(0, 71), split.Validation.Concat(split.Test).Order());
    }

    [Theory]
    [InlineData("qnli", 1000)]
    [InlineData("rte", 1)]
    [InlineData("rte", 0)]
    public void Too_few_rows_are_refused(string task, int count)
        => Assert.Contains("cannot be cut",
            Assert.Throws<ArgumentException>(() => PaperSplit.Create(GlueTasks.Find(task), count, 42)).Message);

    private static void AssertRows(JsonElement expected, string firstName, IReadOnlyList<int> rows)
    {
        int[] first = [.. expected.GetProperty(firstName).EnumerateArray().Select(v => v.GetInt32())];
        Assert.Equal(first, rows.Take(first.Length));
        var bytes = new byte[8 * rows.Count];
        for (int i = 0; i < rows.Count; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 * i), rows[i]);
        Assert.Equal(expected.GetProperty("sha256_le_int64").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }
}
