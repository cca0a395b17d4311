using System.Text.Json;
using DeLoRA.TestSupport;

namespace Microsoft.ML.DeLoRA.Tests.Evaluation;

/// <summary>What <c>evaluate</c>'s GLUE metric answered on scikit-learn and scipy.</summary>
public class GlueMetricsGoldenTests
{
    // Sums of at most 1500 doubles in another order than numpy's: some 1e-15 were seen.
    private const double Tolerance = 1e-13;

    private static readonly JsonElement[] _cases =
        [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Golden, "glue-metrics",
            "metrics.json"))).RootElement.GetProperty("cases").EnumerateArray()];

    // By evaluate's names: configuration, figure.
    private static readonly Dictionary<string, IMetric> _metrics = new()
    {
        ["sst2.accuracy"] = new Accuracy(),
        ["mrpc.accuracy"] = new Accuracy(),
        ["mrpc.f1"] = new F1Score(),
        ["cola.matthews_correlation"] = new MatthewsCorrelation(),
        ["stsb.pearson"] = new PearsonCorrelation(),
        ["stsb.spearmanr"] = new SpearmanCorrelation(),
        ["stsb_mean"] = new MeanMetric(new PearsonCorrelation(), new SpearmanCorrelation()),
    };

    public static TheoryData<string> Names() => [.. _cases.Select(c => c.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_figure_is_that_of_evaluate(string name)
    {
        JsonElement golden = _cases.Single(c => c.GetProperty("name").GetString() == name);
        // What is not finite is refused before any metric sees it.
        Predictions Predictions()
            => golden.TryGetProperty("predictions", out JsonElement classes) ? Classes(golden, classes) : Values(golden);
        foreach ((string figure, JsonElement expected) in Figures(golden.GetProperty("expected")))
        {
            if (figure == "stsb.error")
                Assert.ThrowsAny<Exception>(() => _metrics["stsb_mean"].Compute(Predictions()));
            else
                Assert.Equal(Number(expected), _metrics[figure].Compute(Predictions()), Tolerance);
        }
    }

    [Fact]
    public void The_mean_of_accuracy_and_F1_is_GLUEs_figure_for_MRPC_and_QQP()
    {
        var both = new MeanMetric(new Accuracy(), new F1Score());
        JsonElement golden = _cases.Single(c => c.GetProperty("name").GetString() == "binary_good");
        JsonElement expected = golden.GetProperty("expected").GetProperty("mrpc");
        Assert.Equal((expected.GetProperty("accuracy").GetDouble() + expected.GetProperty("f1").GetDouble()) / 2,
            both.Compute(Classes(golden, golden.GetProperty("predictions"))), Tolerance);
        Assert.Equal("mean of accuracy and F1", both.Name);
    }

    private static IEnumerable<(string Figure, JsonElement Expected)> Figures(JsonElement expected)
        => expected.EnumerateObject().SelectMany(c => c.Value.ValueKind == JsonValueKind.Object
            ? c.Value.EnumerateObject().Select(f => ($"{c.Name}.{f.Name}", f.Value))
            : [(c.Name, c.Value)]);

    private static Predictions Classes(JsonElement golden, JsonElement classes)
    {
        int[] predicted = [.. classes.EnumerateArray().Select(v => v.GetInt32())];
        float[] targets = [.. golden.GetProperty("labels").EnumerateArray().Select(v => v.GetSingle())];
        int count = Math.Max(2, (int)Math.Max(predicted.Max(), targets.Max()) + 1);
        return new Predictions([.. predicted.SelectMany(p => Enumerable.Range(0, count).Select(c => c == p ? 1f : 0f))], count, targets);
    }

    private static Predictions Values(JsonElement golden)
        => new(Floats(golden.GetProperty("predictions_f32")), 1, Floats(golden.GetProperty("labels_f32")));

    private static float[] Floats(JsonElement values) => [.. values.EnumerateArray().Select(v => (float)Number(v))];

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.String ? double.NaN : value.GetDouble();
}
