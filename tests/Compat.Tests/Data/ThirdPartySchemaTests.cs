using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

/// <summary>
/// A scorer from outside with all or some of its annotations. (What Evaluate makes of them is tested with the metrics.)
/// </summary>
public class ThirdPartySchemaTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("schema");

    private static readonly MLContext Context = new(1);

    /// <summary>What is left out where the file says it in words.</summary>
    private static readonly Dictionary<string, Func<string, bool>> InWords = new()
    {
        ["all of PredictedLabel's"] = n => n.StartsWith("PredictedLabel.", StringComparison.Ordinal),
        ["all of Score's"] = n => n.StartsWith("Score.", StringComparison.Ordinal),
        ["all nine"] = _ => true,
        ["PredictedLabel's ScoreColumnKind, ScoreValueKind, ScoreColumnSetId"] = n => n.StartsWith("PredictedLabel.Score", StringComparison.Ordinal),
        ["all but PredictedLabel.KeyValues and Score.SlotNames"] = n => n is not ("PredictedLabel.KeyValues" or "Score.SlotNames"),
        ["all Score* kinds and ids on both"] = n => n.Split('.')[1].StartsWith("Score", StringComparison.Ordinal),
        ["ScoreColumnSetId on both"] = n => n.EndsWith(".ScoreColumnSetId", StringComparison.Ordinal),
        ["ScoreValueKind on both"] = n => n.EndsWith(".ScoreValueKind", StringComparison.Ordinal),
        ["ScoreColumnKind on both"] = n => n.EndsWith(".ScoreColumnKind", StringComparison.Ordinal),
    };

    public static TheoryData<int> LeftOut => new(Enumerable.Range(0, Golden.GetProperty("leftOut").GetArrayLength()));

    [Fact]
    public void SchemaIsAsGolden() =>
        GoldenAssert.Equal(Golden.GetProperty("everything").GetProperty("schema"), Observed.Schema(Score(new LengthScorer()).Schema));

    [Fact]
    public void EverythingIsUsable() => CheckUses(Golden.GetProperty("everything"), new LengthScorer());

    [Theory]
    [MemberData(nameof(LeftOut))]
    public void MissingAnnotationsHaveTheirEffect(int index)
    {
        JsonElement golden = Golden.GetProperty("leftOut")[index];
        JsonElement which = golden.GetProperty("left out");
        Func<string, bool> leftOut = which.ValueKind == JsonValueKind.Array
            ? which.EnumerateArray().Select(n => n.GetString()).Contains
            : InWords[which.GetString()!.Split(':')[0]];
        CheckUses(golden.GetProperty("result"), new LengthScorer(n => !leftOut(n)));
    }

    private static void CheckUses(JsonElement golden, LengthScorer scorer)
    {
        IDataView scored = Score(scorer);
        GoldenAssert.Equal(golden.GetProperty("extension methods"), new Dictionary<string, object?>
        {
            ["PredictedLabel.GetKeyValues"] = GoldenAssert.Capture(() => Names((ref VBuffer<ReadOnlyMemory<char>> names) => scored.Schema["PredictedLabel"].GetKeyValues(ref names))),
            ["Score.GetSlotNames"] = GoldenAssert.Capture(() => Names((ref VBuffer<ReadOnlyMemory<char>> names) => scored.Schema["Score"].GetSlotNames(ref names))),
            ["Score.HasSlotNames"] = scored.Schema["Score"].HasSlotNames(),
            ["PredictedLabel.HasKeyValues"] = scored.Schema["PredictedLabel"].HasKeyValues(),
        });

        var mapping = Context.Transforms.Conversion.MapKeyToValue("Pred", "PredictedLabel");
        GoldenAssert.Equal(golden.GetProperty("MapKeyToValue"), GoldenAssert.Capture(() =>
        {
            IDataView mapped = mapping.Fit(scored).Transform(scored);
            return new Dictionary<string, object?>
            {
                ["type"] = mapped.Schema["Pred"].Type.ToString(),
                ["annotations"] = Observed.Annotations(mapped.Schema["Pred"].Annotations),
                ["first"] = mapped.GetColumn<string>("Pred").Take(4).ToList(),
            };
        }));
        GoldenAssert.Equal(golden.GetProperty("MapKeyToValue.GetOutputSchema"), GoldenAssert.Capture(() =>
            ObservedShape.Column(mapping.GetOutputSchema(scorer.GetOutputSchema(ObservedShape.Of(Labelled.Schema))).Single(c => c.Name == "Pred"))));
    }

    private static IDataView Labelled
    {
        get
        {
            IDataView rows = Context.Data.LoadFromEnumerable(LengthScorer.Rows(30));
            return Context.Transforms.Conversion.MapValueToKey("Label", "Cat").Fit(rows).Transform(rows);
        }
    }

    private static IDataView Score(LengthScorer scorer) => scorer.Transform(Labelled);

    private static List<string> Names(ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        getter(ref names);
        return names.DenseValues().Select(n => n.ToString()).ToList();
    }
}
