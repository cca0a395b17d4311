using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Evaluation;

/// <summary>Every metric, to the last bit, and every error of Evaluate.</summary>
public class EvaluateTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("evaluate");

    public static TheoryData<int, string> Multiclass => Cases("multiclass", ofCall: "Evaluate");

    public static TheoryData<int, string> Regression => Cases("regression", ofCall: "Evaluate");

    [Theory]
    [MemberData(nameof(Multiclass))]
    public void MulticlassMetricsAreGolden(int index, string what)
    {
        JsonElement golden = Case("multiclass", index, what);
        GoldenAssert.Equal(golden.GetProperty("result"), GoldenAssert.Capture(() =>
        {
            var context = new MLContext(1);
            IDataView data = ScoredRows.Load(context, golden.GetProperty("input"));
            return MetricsOf.All(Call(context.MulticlassClassification, data, golden.GetProperty("call").GetString()!));
        }));
    }

    [Theory]
    [MemberData(nameof(Regression))]
    public void RegressionMetricsAreGolden(int index, string what)
    {
        JsonElement golden = Case("regression", index, what);
        GoldenAssert.Equal(golden.GetProperty("result"), GoldenAssert.Capture(() =>
        {
            var context = new MLContext(1);
            return MetricsOf.All(context.Regression.Evaluate(ScoredRows.Load(context, golden.GetProperty("input"))));
        }));
    }

    [Fact]
    public void LongClassNamesStandInTheRowsOfTheTable()
    {
        JsonElement golden = Golden.GetProperty("multiclass").EnumerateArray()
            .Single(c => c.GetProperty("call").GetString()!.StartsWith("LoadFromEnumerable with"));
        var names = new VBuffer<ReadOnlyMemory<char>>(3, [.. new[] { "cat", "dog", "a longer class name" }.Select(n => n.AsMemory())]);
        var type = new VectorDataViewType(TextDataViewType.Instance, 3);
        var context = new MLContext(1);
        IDataView data = ScoredRows.Load(context, golden.GetProperty("input"), definition =>
        {
            definition["Label"].AddAnnotation("KeyValues", names, type);
            definition["Score"].AddAnnotation("SlotNames", names, type);
        });
        ConfusionMatrix matrix = context.MulticlassClassification.Evaluate(data).ConfusionMatrix;
        GoldenAssert.Equal(golden.GetProperty("result"), new Dictionary<string, object?>
        {
            ["Table"] = matrix.GetFormattedConfusionTable().ReplaceLineEndings("\n"),
            ["GetCountForClassPair_p1_a0"] = matrix.GetCountForClassPair(1, 0),
            ["BadPair"] = GoldenAssert.Capture(() => matrix.GetCountForClassPair(3, 0)),
        });
    }

    private static MulticlassClassificationMetrics Call(MulticlassClassificationCatalog catalog, IDataView data, string call) => call switch
    {
        "Evaluate(data)" => catalog.Evaluate(data),
        "Evaluate(null)" => catalog.Evaluate(null!),
        "Evaluate(data, null)" => catalog.Evaluate(data, null!),
        "Evaluate(data, \"\")" => catalog.Evaluate(data, ""),
        "Evaluate(data, \"L\", \"S\", \"P\")" => catalog.Evaluate(data, "L", "S", "P"),
        _ when call.Split("topKPredictionCount: ") is [_, var count] => catalog.Evaluate(data, topKPredictionCount: int.Parse(count.TrimEnd(')'))),
        _ => throw new InvalidOperationException($"A new call: {call}"),
    };

    private static TheoryData<int, string> Cases(string task, string ofCall)
    {
        var cases = new TheoryData<int, string>();
        foreach ((int i, JsonElement golden) in Golden.GetProperty(task).EnumerateArray().Index())
        {
            if (golden.GetProperty("call").GetString()!.StartsWith(ofCall))
                cases.Add(i, golden.GetProperty("what").GetString()!);
        }
        return cases;
    }

    private static JsonElement Case(string task, int index, string what)
    {
        JsonElement golden = Golden.GetProperty(task)[index];
        Assert.Equal(what, golden.GetProperty("what").GetString());
        return golden;
    }
}
