using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;

namespace Compat.Tests.Splits;

/// <summary>ShuffleRows gives the order that the real library gave.</summary>
public class ShuffleTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("split");
    private static readonly JsonElement Special = Golden.GetProperty("shuffleRowsSpecial");

    public static TheoryData<int> Cases => new(Enumerable.Range(0, Golden.GetProperty("shuffleRows").GetArrayLength()));

    public static TheoryData<string> SpecialCases => GoldenFile.Names(Special, "of a filtered view (Num 2..8), seed 3");

    [Theory]
    [MemberData(nameof(Cases))]
    public void ShufflesAsGolden(int index)
    {
        JsonElement golden = Golden.GetProperty("shuffleRows")[index];
        var context = new MLContext(Optional(golden, "contextSeed"));
        int pool = Optional(golden, "shufflePoolSize") ?? 1000;
        IDataView shuffled = context.Data.ShuffleRows(SplitRow.View(context, golden.GetProperty("n").GetInt32()),
            Optional(golden, "seed"), pool, golden.GetProperty("shuffleSource").GetBoolean());
        JsonElement result = golden.GetProperty("result");
        GoldenAssert.Equal(result.GetProperty("ids"), SplitRow.Ids(shuffled));
        bool differs = result.TryGetProperty("secondEnumeration", out JsonElement second);
        GoldenAssert.Equal(differs ? second : result.GetProperty("ids"), SplitRow.Ids(shuffled));
    }

    [Theory]
    [MemberData(nameof(SpecialCases))]
    public void ShufflesEveryKindOfViewAsGolden(string what)
    {
        var context = new MLContext(1);
        IDataView view = SplitRow.View(context, 20);
        DataOperationsCatalog data = context.Data;
        Func<object?> run = what switch
        {
            "two ShuffleRows without seed on one context (seed 1)" => () =>
            {
                IDataView first = data.ShuffleRows(view);
                IDataView second = data.ShuffleRows(view);
                return new Dictionary<string, object?> { ["first"] = Ids(first), ["second"] = Ids(second) };
            },
            "of TakeRows(10) (cannot shuffle its source), seed 3" => () => Ids(data.ShuffleRows(data.TakeRows(view, 10), 3)),
            "of a lazy IEnumerable (not an IList), seed 3" => () => Ids(data.ShuffleRows(data.LoadFromEnumerable(SplitRow.Rows(20).Where(_ => true)), 3)),
            "of Cache, seed 3" => () => Ids(data.ShuffleRows(data.Cache(view), 3)),
            "of the list itself, seed 3" => () => Ids(data.ShuffleRows(view, 3)),
            "of a shuffled view, seeds 3 then 4" => () => Ids(data.ShuffleRows(data.ShuffleRows(view, 3), 4)),
            "take 5 of shuffled, seed 3" => () => Ids(data.TakeRows(data.ShuffleRows(view, 3), 5)),
            "n=0" => () => Ids(data.ShuffleRows(SplitRow.View(context, 0), 3)),
            "GetRowCount" => () => data.ShuffleRows(view, 3).GetRowCount(),
            "CanShuffle" => () => data.ShuffleRows(view, 3).CanShuffle,
            "the source's own GetRowCursor(cols, new Random(3)) order" => () => SourceOrder(view),
            "shufflePoolSize=0" => () => data.ShuffleRows(view, 3, 0),
            _ => throw new InvalidOperationException($"A new case: {what}"),
        };
        GoldenAssert.Equal(Special.GetProperty(what), GoldenAssert.Capture(run));
    }

    private static Dictionary<string, object?> Ids(IDataView view) => new() { ["ids"] = SplitRow.Ids(view) };

    private static List<object?> SourceOrder(IDataView view)
    {
        DataViewSchema.Column column = view.Schema["Id"];
        using DataViewRowCursor cursor = view.GetRowCursor([column], new Random(3));
        Func<object?> id = Observed.Getter(cursor, column);
        var ids = new List<object?>();
        while (cursor.MoveNext())
            ids.Add(id());
        return ids;
    }

    private static int? Optional(JsonElement golden, string name) =>
        golden.GetProperty(name).ValueKind == JsonValueKind.Null ? null : golden.GetProperty(name).GetInt32();
}
