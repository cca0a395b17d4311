using System.Text.Json;
using Microsoft.ML.DeLoRA.Cli.Commands;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

[Collection("console")]
public class RegressionReportTests
{
    private sealed class Row
    {
        public float Number { get; set; }

        public float Score { get; set; }
    }

    [Fact]
    public void Correlations_are_told_as_text_and_JSON()
    {
        // (1, 2, 3) and (1, 4, 3): Pearson and Spearman by hand.
        (string text, JsonElement json) = Print([1, 2, 3], [1, 4, 3]);
        Assert.Equal(2 / Math.Sqrt(2 * (42 / 9.0)), json.GetProperty("pearson").GetDouble(), 1e-12);
        Assert.Equal(0.5, json.GetProperty("spearman").GetDouble(), 1e-12);
        Assert.Contains("Pearson                  0.6547", text);
        Assert.Contains("Spearman                 0.5000", text);
    }

    [Theory]
    [InlineData(new float[] { 1, 1 }, new float[] { 1, 2 }, "all labels are equal")]
    [InlineData(new float[] { 1, 2 }, new float[] { 3, 3 }, "all scores are equal")]
    [InlineData(new float[] { 1 }, new float[] { 1 }, "there is one row only")]
    public void What_is_not_defined_is_null_in_JSON_and_explained_in_text(float[] labels, float[] scores, string reason)
    {
        (string text, JsonElement json) = Print(labels, scores);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("pearson").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("spearman").ValueKind);
        Assert.Contains($"Pearson                  not defined: {reason}", text);
        Assert.Contains($"Spearman                 not defined: {reason}", text);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_score_that_is_not_finite_is_refused_by_its_row(float score)
        => Assert.Contains(FormattableString.Invariant($"The output of row 1 is {score}"),
            Assert.ThrowsAny<NotFiniteNumberException>(() => Print([1, 2], [3, score])).Message);

    private static (string Text, JsonElement Json) Print(float[] labels, float[] scores)
    {
        TextWriter before = Console.Out;
        var printed = new List<string>();
        var context = new MLContext();
        IDataView scored = context.Data.LoadFromEnumerable(labels.Zip(scores, (label, score) => new Row { Number = label, Score = score }));
        try
        {
            foreach (bool json in new[] { false, true })
            {
                using var output = new StringWriter();
                Console.SetOut(output);
                RegressionReport.Print(context, scored, labels.Length, json);
                printed.Add(output.ToString());
            }
        }
        finally
        {
            Console.SetOut(before);
        }
        return (printed[0], JsonDocument.Parse(printed[1]).RootElement);
    }
}
