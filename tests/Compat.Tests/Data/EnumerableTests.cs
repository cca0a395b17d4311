using System.Reflection;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Compat.Tests.Data.EnumerableClasses;

namespace Compat.Tests.Data;

/// <summary>Objects to views and back, for every kind of member and class.</summary>
public class EnumerableTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("enumerable");

    private static readonly DataOperationsCatalog Data = new MLContext(1).Data;

    private static readonly Dictionary<string, Func<object?>> ByClass = new()
    {
        ["EProps"] = () => Loaded(new EProps { S = "a", F = 1, Init = 4 }),
        ["EMixed"] = () => Loaded(new EMixed { P1 = "p1", F1 = "f1", P2 = "p2", F2 = "f2" }),
        ["ENames"] = () => Loaded(new ENames { X = "x", Y = 3, Z = 4 }),
        ["EDup"] = () => Loaded(new EDup()),
        ["EBadType"] = () => Loaded(new Single<object>()),
        ["EDec"] = () => Loaded(new Single<decimal>()),
        ["ENullable"] = () => Loaded(new ENullable()),
        ["EBool2"] = () => Loaded(new EBool2()),
        ["EList"] = () => Loaded(new EList()),
        ["EChar"] = () => Loaded(new EChar()),
        ["EEnum"] = () => Loaded(new EEnum()),
        ["EBadKey"] = () => Loaded(new EBadKey()),
        ["EKeyNoCount"] = () => Loaded(new EKeyNoCount()),
        ["EVecOnScalar"] = () => Loaded(new EVecOnScalar()),
        ["EMultiDim"] = () => Loaded(new EMultiDim { V = [1, 2, 3, 4, 5, 6] }),
        ["EEmpty"] = () => Loaded(new EEmpty()),
        ["EDate"] = () => Loaded(new EDate { D = new DateTime(2020, 1, 2) }),
        ["EDerived"] = () => Loaded(new EDerived { F = 1, S = "s" }),
        ["ERec"] = () => Loaded(new ERec("s", 1)),
        ["object of a derived type in an EBase list"] = () => Loaded<EBase>(new EDerived { F = 1, S = "s" }),
        ["anonymous type {S,F}"] = () => Loaded(new { S = "s", F = 1f }),
    };

    public static TheoryData<string> Classes => GoldenFile.Names(Golden.GetProperty("classes"));

    [Fact]
    public void EveryMemberTypeBecomesItsColumnType() =>
        GoldenAssert.Equal(Golden.GetProperty("allTypes").GetProperty("view"), Observed.SchemaAndRows(Data.LoadFromEnumerable(AllTypes())));

    [Fact]
    public void EveryColumnTypeFillsItsMember() => GoldenAssert.Equal(
        Golden.GetProperty("allTypes").GetProperty("createEnumerable"),
        Data.CreateEnumerable<EAll>(Data.LoadFromEnumerable(AllTypes()), reuseRowObject: false).Select(Observed.Members).ToList());

    [Fact]
    public void ReusedRowObjectIsOneObject() => GoldenAssert.Equal(
        Golden.GetProperty("allTypes").GetProperty("createEnumerable reuseRowObject, ToList (every element is the same object)"),
        Data.CreateEnumerable<EText>(Data.LoadFromEnumerable(Texts("1", "2")), reuseRowObject: true).ToList().Select(Observed.Members).ToList());

    [Theory]
    [InlineData("fixedVectorNull")]
    [InlineData("fixedVectorWrongLength")]
    public void FixedVectorsAreNotChecked(string name)
    {
        float[]? second = name == "fixedVectorNull" ? null : [1, 2, 3];
        GoldenAssert.Equal(Golden.GetProperty(name), Observed.SchemaAndRows(Data.LoadFromEnumerable<EFixed2>([new() { V = [1, 2] }, new() { V = second }])));
    }

    [Fact]
    public void NullRowThrows() =>
        GoldenAssert.Equal(Golden.GetProperty("nullRowObject"), Observed.SchemaAndRows(Data.LoadFromEnumerable<EText>([new() { S = "a" }, null!])));

    [Theory]
    [MemberData(nameof(Classes))]
    public void ClassIsReadAsGolden(string name)
    {
        // The class name, or the whole name where that says it without one.
        Func<object?> load = ByClass.TryGetValue(name, out Func<object?>? whole) ? whole : ByClass[name.Split(' ')[0]];
        GoldenAssert.Equal(Golden.GetProperty("classes").GetProperty(name), GoldenAssert.Capture(load));
    }

    [Fact]
    public void NullArgumentsThrow() => GoldenAssert.Equal(Golden.GetProperty("null arguments"), new Dictionary<string, object?>
    {
        ["LoadFromEnumerable(null)"] = GoldenAssert.Capture(() => Data.LoadFromEnumerable<EText>(null)),
        ["CreateEnumerable(null)"] = GoldenAssert.Capture(() => Data.CreateEnumerable<EText>(null, false)),
    });

    internal static IEnumerable<EText> Texts(params string?[] texts) => texts.Select(s => new EText { S = s });

    private static Dictionary<string, object?> Loaded<T>(T row) where T : class => Observed.SchemaAndRows(Data.LoadFromEnumerable(new[] { row }));

    private static List<EAll> AllTypes() => Golden.GetProperty("allTypes").GetProperty("objects").EnumerateArray().Select(Parse).ToList();

    private static EAll Parse(JsonElement golden)
    {
        var row = new EAll();
        foreach (FieldInfo field in typeof(EAll).GetFields())
            field.SetValue(row, Parse(golden.GetProperty(field.Name), field.FieldType));
        return row;
    }

    private static object? Parse(JsonElement value, Type type)
    {
        if (type == typeof(VBuffer<float>))
            return ParseBuffer(value);
        if (type == typeof(ReadOnlyMemory<char>))
            return value.GetString().AsMemory();
        var options = new JsonSerializerOptions { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };
        return value.Deserialize(type, options);
    }

    private static VBuffer<float> ParseBuffer(JsonElement value)
    {
        float[] values = value.GetProperty("values").Deserialize<float[]>()!;
        if (value.GetProperty("dense").GetBoolean())
            return new VBuffer<float>(values.Length, values);
        int[] indices = Enumerable.Range(0, values.Length).Where(i => values[i] != 0).ToArray();
        return new VBuffer<float>(values.Length, indices.Length, indices.Select(i => values[i]).ToArray(), indices);
    }
}
