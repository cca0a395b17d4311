using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Compat.Tests.Data.EnumerableClasses;

namespace Compat.Tests.Data;

/// <summary>GetColumn, Preview, and the types' names and equality.</summary>
public class DataViewExtensionsTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("enumerable").GetProperty("extensions");

    private static readonly DataOperationsCatalog Data = new MLContext(1).Data;

    private static readonly Dictionary<string, Func<object?>> Cases = new()
    {
        ["GetColumn<string>"] = () => Texts.GetColumn<string>("S").ToList(),
        ["GetColumn<ReadOnlyMemory<char>>"] = () => Texts.GetColumn<ReadOnlyMemory<char>>("S").Select(t => t.ToString()).ToList(),
        ["GetColumn<float> of text"] = () => Texts.GetColumn<float>("S").ToList(),
        ["GetColumn<string> of float"] = () => Floats.GetColumn<string>("F").ToList(),
        ["GetColumn<double> of float"] = () => Floats.GetColumn<double>("F").ToList(),
        ["GetColumn<uint> of key"] = () => Data.LoadFromEnumerable(new uint[] { 0, 3, 9 }.Select(k => new EKey4 { K = k })).GetColumn<uint>("K").ToList(),
        ["GetColumn<float[]> of vector"] = () => Data.LoadFromEnumerable<EVariable>([new() { V = [1, 2, 3] }, new()]).GetColumn<float[]>("V").ToList(),
        ["GetColumn<string> missing column"] = () => Texts.GetColumn<string>("nope").ToList(),
        ["Preview(1)"] = Preview,
        ["types ToString"] = () => Types.Select(t => t.ToString()).ToList(),
        ["types equality"] = () => TypeEquality,
    };

    public static TheoryData<string> Names => GoldenFile.Names(Golden);

    private static IDataView Texts => Data.LoadFromEnumerable(EnumerableTests.Texts("a", null));

    private static IDataView Floats => Data.LoadFromEnumerable<EFloat>([new()]);

    private static DataViewType[] Types =>
    [
        TextDataViewType.Instance, NumberDataViewType.Single, NumberDataViewType.UInt32, BooleanDataViewType.Instance,
        new KeyDataViewType(typeof(uint), 3), new KeyDataViewType(typeof(byte), 255),
        new VectorDataViewType(NumberDataViewType.Single), new VectorDataViewType(NumberDataViewType.Single, 3),
        new VectorDataViewType(NumberDataViewType.Single, 2, 3), new VectorDataViewType(new KeyDataViewType(typeof(uint), 3), 2),
        DateTimeDataViewType.Instance, RowIdDataViewType.Instance,
    ];

    private static Dictionary<string, object?> TypeEquality => new()
    {
        ["Key(uint,3)==Key(uint,3)"] = new KeyDataViewType(typeof(uint), 3).Equals(new KeyDataViewType(typeof(uint), 3)),
        ["Key(uint,3)==Key(uint,4)"] = new KeyDataViewType(typeof(uint), 3).Equals(new KeyDataViewType(typeof(uint), 4)),
        ["Vector(Single,3)==Vector(Single,3)"] = new VectorDataViewType(NumberDataViewType.Single, 3).Equals(new VectorDataViewType(NumberDataViewType.Single, 3)),
        ["Vector(Single)==Vector(Single,0)"] = new VectorDataViewType(NumberDataViewType.Single).Equals(new VectorDataViewType(NumberDataViewType.Single, 0)),
        ["KeyDataViewType(int,3)"] = GoldenAssert.Capture(() => new KeyDataViewType(typeof(int), 3)),
        ["KeyDataViewType(uint,0)"] = GoldenAssert.Capture(() => new KeyDataViewType(typeof(uint), 0)),
        ["KeyDataViewType(byte,256)"] = GoldenAssert.Capture(() => new KeyDataViewType(typeof(byte), 256)),
        ["VectorDataViewType(size -1)"] = GoldenAssert.Capture(() => new VectorDataViewType(NumberDataViewType.Single, -1)),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name) => GoldenAssert.Equal(Golden.GetProperty(name), GoldenAssert.Capture(Cases[name]));

    private static object? Preview()
    {
        DataDebuggerPreview preview = Texts.Preview(1);
        return new Dictionary<string, object?>
        {
            ["ToString"] = preview.ToString(),
            ["rowView"] = preview.RowView.Select(r => r.Values.Select(v => new List<object?> { v.Key, Observed.Value(v.Value) }).ToList()).ToList(),
            ["columnView"] = preview.ColumnView.Select(c => new List<object?> { c.Column.Name, c.Values.Select(Observed.Value).ToList() }).ToList(),
        };
    }
}
