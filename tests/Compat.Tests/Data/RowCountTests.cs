using System.Text.Json;
using Microsoft.ML;
using static Compat.Tests.Data.EnumerableClasses;

namespace Compat.Tests.Data;

/// <summary>What a view knows of its size before it is read. (The golden type names are internal and not compared.)</summary>
public class RowCountTests
{
    private const string Grown = "list grown after the load (1 then 2)";

    private static readonly JsonElement Golden = GoldenFile.Load("enumerable").GetProperty("getRowCount");

    private static readonly MLContext Context = new(1);

    private static readonly Dictionary<string, Func<IDataView>> Views = new()
    {
        ["array"] = () => Load(EnumerableTests.Texts("1", "2", "3").ToArray()),
        ["List"] = () => Load(EnumerableTests.Texts("1", "2").ToList()),
        ["Queue (ICollection, not IList)"] = () => Load(new Queue<EText>(EnumerableTests.Texts("1", "2"))),
        ["HashSet (ICollection<T>)"] = () => Load(EnumerableTests.Texts("1", "2").ToHashSet()),
        ["iterator"] = () => Load(Iterator()),
        ["Cache of iterator, before a cursor"] = () => Context.Data.Cache(Load(Iterator())),
        ["Cache of iterator, after a full cursor"] = () =>
        {
            IDataView cache = Context.Data.Cache(Load(Iterator()));
            _ = Observed.Rows(cache);
            return cache;
        },
        ["MapValueToKey.Transform(array)"] = () => Context.Transforms.Conversion.MapValueToKey("K", "S").Fit(One).Transform(One),
        ["DropColumns"] = () => Context.Transforms.DropColumns("F").Fit(Two).Transform(Two),
        ["Shuffle"] = () => Context.Data.ShuffleRows(One),
        ["TakeRows"] = () => Context.Data.TakeRows(Load(EnumerableTests.Texts("1", "2", "3").ToArray()), 1),
    };

    /// <summary>Left out: the product filters no rows by range.</summary>
    public static TheoryData<string> Names => GoldenFile.Names(Golden, Grown, "Filter");

    private static IDataView One => Load(EnumerableTests.Texts("1").ToArray());

    private static IDataView Two => Context.Data.LoadFromEnumerable<EFloatText>([new() { S = "x" }]);

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name)
    {
        IDataView view = Views[name]();
        GoldenAssert.Equal(Golden.GetProperty(name).GetProperty("rowCount"), view.GetRowCount());
        GoldenAssert.Equal(Golden.GetProperty(name).GetProperty("canShuffle"), view.CanShuffle);
    }

    [Fact]
    public void ListMayGrow()
    {
        var rows = EnumerableTests.Texts("1").ToList();
        IDataView view = Load(rows);
        var observed = new Dictionary<string, object?> { ["rowCountBefore"] = view.GetRowCount() };
        rows.Add(new EText { S = "2" });
        observed["rowCountAfter"] = view.GetRowCount();
        observed["rows"] = Observed.Rows(view);
        GoldenAssert.Equal(Golden.GetProperty(Grown), observed);
    }

    private static IDataView Load(IEnumerable<EText> rows) => Context.Data.LoadFromEnumerable(rows);

    private static IEnumerable<EText> Iterator()
    {
        yield return new EText { S = "1" };
        yield return new EText { S = "2" };
        yield return new EText { S = "3" };
    }
}
