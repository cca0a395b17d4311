using Microsoft.ML.DeLoRA.Families;

namespace Microsoft.ML.DeLoRA.Tests.Families;

public class HeadConfigurationTests
{
    [Theory]
    [InlineData("{}", "", null, false)]
    [InlineData("""{"id2label": null, "problem_type": null}""", "", null, false)]
    [InlineData("""{"id2label": {"1": "b", "0": "a"}, "problem_type": "regression"}""", "a,b", "regression", true)]
    [InlineData("""{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}""", "LABEL_0,LABEL_1", null, false)]
    [InlineData("""{"id2label": {"0": 5, "1": 7}}""", "5,7", null, true)]
    [InlineData("""{"label2id": {"b": 1, "a": 0}}""", "a,b", null, true)]
    [InlineData("""{"id2label": {"0": "x", "1": "y"}, "label2id": {"LABEL_0": 0, "LABEL_1": 1}}""", "x,y", null, true)]
    public void Names_and_task_are_read(string json, string labels, string? problemType, bool hasNames)
    {
        HeadConfiguration head = HeadConfiguration.FromJson(json);
        Assert.Equal((labels, problemType, hasNames), (string.Join(',', head.Labels), head.ProblemType, head.HasNames));
    }

    [Theory]
    [InlineData("""{"id2label": ["a"]}""", "id2label is Array")]
    [InlineData("""{"id2label": {"1": "a", "2": "b"}}""", "id2label must give each number from 0 to 1")]
    [InlineData("""{"id2label": {"zero": "a"}}""", "id2label must give")]
    [InlineData("""{"id2label": {"0": null}}""", "id2label must give")]
    [InlineData("""{"id2label": {"0": "a", "00": "b"}}""", "id2label must give")]
    [InlineData("""{"label2id": {"a": 0, "b": 0}}""", "label2id must give")]
    [InlineData("""{"label2id": {"a": "x"}}""", "label2id must give")]
    [InlineData("""{"problem_type": 3}""", "problem_type is Number")]
    [InlineData("{", "not valid JSON")]
    public void What_is_wrong_is_named(string json, string said)
        => Assert.Contains(said, Assert.Throws<InvalidDataException>(() => HeadConfiguration.FromJson(json)).Message);
}
