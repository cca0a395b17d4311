using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Compat.Tests.Keys;

/// <summary>Given key values, wrong arguments, empty fits, vectors, replaced columns.</summary>
public class KeySpecialTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("keys");

    public static TheoryData<string> Cases => GoldenFile.Names(Golden.GetProperty("special"));

    private readonly MLContext _context = new(1);

    private TransformsCatalog.ConversionTransforms Conversion => _context.Transforms.Conversion;

    private IDataView Train => KeyRow.View(_context, Golden.GetProperty("trainRows"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void BehavesAsGolden(string what) =>
        GoldenAssert.Equal(Golden.GetProperty("special").GetProperty(what), GoldenAssert.Capture(() => Run(what)));

    private object? Run(string what) => what switch
    {
        "keyData text [zz,a,b]" => KeyData("T", "zz", "a", "b"),
        "keyData text with duplicate [a,b,a]" => KeyData("T", "a", "b", "a"),
        "keyData text with empty and null [a,\"\",null,b]" => KeyData("T", "a", "", null, "b"),
        "keyData text with spaces [\" a\",\"a \"]" => KeyData("T", " a", "a "),
        "keyData ints [5,7] for an int column" => KeyData("I", 5, 7),
        "keyData ints as text [\"5\",\"7\"] for an int column" => KeyData("I", "5", "7"),
        "keyData longs [5,7] for an int column" => KeyData("I", 5L, 7L),
        "keyData text [\"x\"] for an int column" => KeyData("I", "x"),
        "keyData bool [false,true] for a bool column" => KeyData("B", false, true),
        "keyData float [NaN,2.5] for a float column" => KeyData("F", float.NaN, 2.5f),
        "keyData two columns" => KeyData("T", Mapped(_context.Transforms.CopyColumns("B", "A"), View("a"))),
        "keyData empty" => KeyData("T", Array.Empty<string>()),
        "keyData ints, AsText" => KeyData("I", View(5, 7), asText: true),
        "maximumNumberOfKeys=0" => Conversion.MapValueToKey("K", "T", 0).Fit(Train),
        "maximumNumberOfKeys=-1" => Conversion.MapValueToKey("K", "T", -1).Fit(Train),
        "missing column, Fit" => Conversion.MapValueToKey("K", "nope").Fit(Train),
        "missing column, GetOutputSchema" => Conversion.MapValueToKey("K", "nope").GetOutputSchema(Shapes.Of(Train)),
        "null output name" => Conversion.MapValueToKey((string)null!, "T"),
        "same name in and out (T)" => Observed.Schema(Mapped(Conversion.MapValueToKey("T"), Train).Schema),
        "transform with another column type" => Conversion.MapValueToKey("K", "A").Fit(View("a")).Transform(View(1)),
        "transform with the column missing" => Conversion.MapValueToKey("K", "A").Fit(View("a")).Transform(Train),
        "fit on no rows" => FitOnNoRows(),
        "fit on only missing values, then MapKeyToValue" =>
            Conversion.MapKeyToValue("V", "K").Fit(Mapped(Conversion.MapValueToKey("K", "A"), View("", null))),
        "MapValueToKey of a key column" => KeysOfKeys(),
        "vector of text [[a,b],[b,null],[c]] and int[2]" => Vectors(),
        "MapKeyToValue of a non-key" => Conversion.MapKeyToValue("V", "T").Fit(Train),
        "MapKeyToValue of a key without KeyValues" => Conversion.MapKeyToValue("V", "K").Fit(KeysWithoutValues()),
        "MapKeyToValue missing column, Fit" => Conversion.MapKeyToValue("V", "nope").Fit(Train),
        "MapKeyToValue missing column, GetOutputSchema" => Conversion.MapKeyToValue("V", "nope").GetOutputSchema(Shapes.Of(Train)),
        "two columns in one estimator (InputOutputColumnPair)" => TwoColumns(),
        "transformer type" => Conversion.MapValueToKey("K", "T").Fit(Train).GetType().FullName,
        "estimator type" => Conversion.MapValueToKey("K", "T").GetType().FullName,
        "MapKeyToValue transformer type" => Conversion.MapKeyToValue("V", "K").Fit(Mapped(Conversion.MapValueToKey("K", "T"), Train)).GetType().FullName,
        "surrogates and case, ByValue order" => ByValueOrder(what),
        "key columns of a hidden (replaced) column: MapValueToKey(\"T\") then DropColumns(\"T\")" =>
            Observed.Schema(Mapped(_context.Transforms.DropColumns("T"), Mapped(Conversion.MapValueToKey("T"), Train)).Schema),
        _ => throw new InvalidOperationException($"A new case: {what}"),
    };

    private Dictionary<string, object?> KeyData<T>(string column, params T[] values) => KeyData(column, View(values), asText: false);

    private Dictionary<string, object?> KeyData(string column, IDataView keyData, bool asText = false)
    {
        IDataView mapped = Mapped(Conversion.MapValueToKey("K", column, addKeyValueAnnotationsAsText: asText, keyData: keyData), Train);
        return new()
        {
            ["type"] = mapped.Schema["K"].Type.ToString(),
            ["annotations"] = Observed.Annotations(mapped.Schema["K"].Annotations),
            ["ids"] = KeyRow.Column(mapped, "K"),
        };
    }

    private Dictionary<string, object?> FitOnNoRows()
    {
        ITransformer transformer = Conversion.MapValueToKey("K", "A").Fit(View(Array.Empty<string>()));
        IDataView mapped = transformer.Transform(View("a"));
        return new() { ["schema"] = Observed.Schema(mapped.Schema), ["ids"] = KeyRow.Column(mapped, "K") };
    }

    private Dictionary<string, object?> KeysOfKeys()
    {
        IDataView mapped = Mapped(Conversion.MapValueToKey("K2", "K"), Mapped(Conversion.MapValueToKey("K", "T"), Train));
        return new() { ["schema"] = Observed.Schema(mapped.Schema).TakeLast(2).ToList(), ["ids"] = KeyRow.Column(mapped, "K2") };
    }

    private Dictionary<string, object?> Vectors()
    {
        IDataView view = _context.Data.LoadFromEnumerable(new VectorRow[]
        {
            new() { V = ["a", "b"], W = [1, 2] },
            new() { V = ["b", null], W = [2, 1] },
            new() { V = ["c"], W = [3, 3] },
            new() { V = [], W = [1, 3] },
        });
        IDataView mapped = Mapped(Conversion.MapValueToKey([new("KV", "V"), new("KW", "W")]), view);
        return Observed.SchemaAndRows(Mapped(Conversion.MapKeyToValue([new("BV", "KV"), new("BW", "KW")]), mapped));
    }

    private Dictionary<string, object?> TwoColumns()
    {
        IDataView mapped = Mapped(Conversion.MapValueToKey([new("K1", "T"), new("K2", "I")]), Train);
        return new()
        {
            ["schema"] = WithoutValues(Observed.Schema(mapped.Schema)),
            ["K1"] = KeyRow.Column(mapped, "K1"),
            ["K2"] = KeyRow.Column(mapped, "K2"),
        };
    }

    private Dictionary<string, object?> ByValueOrder(string what)
    {
        JsonElement inputs = Golden.GetProperty("special").GetProperty(what).GetProperty("inputs");
        string[] texts = inputs.EnumerateArray().Select(i => i.GetString()!).ToArray();
        IDataView mapped = Mapped(Conversion.MapValueToKey("K", "A", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue), View(texts));
        return new() { ["inputs"] = texts, ["annotations"] = Observed.Annotations(mapped.Schema["K"].Annotations) };
    }

    internal static List<object?> WithoutValues(List<object?> schema)
    {
        foreach (Dictionary<string, object?>? column in schema)
        {
            if (column!.TryGetValue("annotations", out object? annotations))
                ((List<object?>)annotations!).ForEach(a => ((Dictionary<string, object?>)a!).Remove("value"));
        }
        return schema;
    }

    private IDataView KeysWithoutValues() => _context.Data.LoadFromEnumerable([new KeyOnly { K = 1 }]);

    private IDataView View<T>(params T[] values) => _context.Data.LoadFromEnumerable(values.Select(v => new One<T> { A = v }).ToArray());

    private static IDataView Mapped<T>(IEstimator<T> estimator, IDataView view) where T : class, ITransformer => estimator.Fit(view).Transform(view);

    private sealed class VectorRow
    {
        public string?[] V = [];

        [VectorType(2)]
        public int[] W = [];
    }

    private sealed class KeyOnly
    {
        [KeyType(3)]
        public uint K;
    }
}
