using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Compat.Tests.Data.EnumerableClasses;

namespace Compat.Tests.Data;

/// <summary>Which columns fill which members.</summary>
public class CreateEnumerableTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("enumerable").GetProperty("createEnumerable");

    private static readonly DataOperationsCatalog Data = new MLContext(1).Data;

    private static readonly Dictionary<string, Func<object?>> Cases = new()
    {
        ["string column into string"] = () => From<EText>(Texts),
        ["string column into ReadOnlyMemory<char>"] = () => From<EMemory>(Texts),
        ["string column into int"] = () => From<ETextAsInt>(Texts),
        ["extra members, ignoreMissingColumns false"] = () => From<EExtra>(Texts),
        ["extra members, ignoreMissingColumns true"] = () => From<EExtra>(Texts, ignoreMissingColumns: true),
        ["no member matches, ignoreMissingColumns true"] = () => From<EFloat>(Texts, ignoreMissingColumns: true),
        ["class without members"] = () => From<EEmpty>(Texts),
        ["fewer members than columns"] = () => From<EText>(Data.LoadFromEnumerable<EFloatText>([new() { S = "a" }, new(), new()])),
        ["float into double"] = () => From<EDouble>(Data.LoadFromEnumerable<EFloat>([new()])),
        ["key (4) into plain uint [object values 0,3,9 given]"] = () => From<EUInt>(Keys),
        ["key (4) into [KeyType(4)] uint"] = () => From<EKey4>(Keys),
        ["key (4) into [KeyType(5)] uint"] = () => From<EKey5>(Keys),
        ["key (4) into int"] = () => From<EIntKey>(Keys),
        ["fixed [2] into [VectorType(2)]"] = () => From<EFixed2>(Fixed),
        ["fixed [2] into variable"] = () => From<EVariable>(Fixed),
        ["fixed [2] into float[] without attribute"] = () => From<EArray>(Fixed),
        ["fixed [2] into VBuffer"] = () => From<EBuffer>(Fixed),
        ["variable into fixed [2]"] = () => From<EFixed2>(Variable),
        ["variable into variable (second row null)"] = () => From<EVariable>(Variable),
        ["properties, init"] = () => From<ETextProperty>(Texts),
        ["get-only property class EProps from S,F"] = () => From<EProps>(Data.LoadFromEnumerable<EFloatText>([new()])),
        ["lazy: source enumerated at each enumeration"] = Laziness,
        ["missing column: thrown at the call or at the enumeration"] = WhenThrown,
    };

    public static TheoryData<string> Names => GoldenFile.Names(Golden);

    private static IDataView Texts => Data.LoadFromEnumerable(EnumerableTests.Texts("a", null));

    private static IDataView Keys => Data.LoadFromEnumerable<EKey4>([new() { K = 0 }, new() { K = 3 }, new() { K = 9 }]);

    private static IDataView Fixed => Data.LoadFromEnumerable<EFixed2>([new() { V = [1, 2] }]);

    private static IDataView Variable => Data.LoadFromEnumerable<EVariable>([new() { V = [1, 2, 3] }, new()]);

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name) => GoldenAssert.Equal(Golden.GetProperty(name), GoldenAssert.Capture(Cases[name]));

    private static List<Dictionary<string, object?>> From<T>(IDataView view, bool ignoreMissingColumns = false) where T : class, new() =>
        Data.CreateEnumerable<T>(view, reuseRowObject: false, ignoreMissingColumns).Select(r => Observed.Members(r)).ToList();

    private static object? Laziness()
    {
        int started = 0;
        IEnumerable<EText> Source()
        {
            started++;
            yield return new EText();
        }

        var counts = new Dictionary<string, object?>();
        IDataView view = Data.LoadFromEnumerable(Source());
        counts["afterLoad"] = started;
        IEnumerable<EText> rows = Data.CreateEnumerable<EText>(view, false);
        counts["afterCreateEnumerable"] = started;
        _ = rows.ToList();
        counts["afterFirst"] = started;
        _ = rows.ToList();
        counts["afterSecond"] = started;
        return counts;
    }

    private static object? WhenThrown()
    {
        try
        {
            _ = Data.CreateEnumerable<EExtra>(Texts, false);
        }
        catch (ArgumentOutOfRangeException)
        {
            return "at the call";
        }
        return "at the enumeration";
    }
}
