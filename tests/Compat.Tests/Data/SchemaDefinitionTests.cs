using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Compat.Tests.Data.EnumerableClasses;

namespace Compat.Tests.Data;

/// <summary>Definitions that say other than the class does.</summary>
public class SchemaDefinitionTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("enumerable").GetProperty("schemaDefinition");

    private static readonly DataOperationsCatalog Data = new MLContext(1).Data;

    private static readonly Dictionary<string, Func<object?>> Cases = new()
    {
        ["SchemaDefinition.Create(EAll)"] = () => SchemaDefinition.Create(typeof(EAll)).Select(c => new Dictionary<string, object?>
        {
            ["memberName"] = c.MemberName,
            ["columnName"] = c.ColumnName,
            ["columnType"] = c.ColumnType.ToString(),
        }).ToList(),
        ["rename and key count"] = () => Load([new EKey4 { K = 7 }], d =>
        {
            d["K"].ColumnType = new KeyDataViewType(typeof(uint), 10);
            d["K"].ColumnName = "Label";
        }),
        ["plain uint to key"] = () => Load(new uint[] { 0, 2, 5 }.Select(k => new EUInt { K = k }), d => d["K"].ColumnType = new KeyDataViewType(typeof(uint), 3)),
        ["vector size override 3 on a variable vector"] = () => Load([new EVariable { V = [1, 2, 3] }], d => d["V"].ColumnType = Vector3),
        ["vector size 3 but a row of 2"] = () => Load([new EVariable { V = [1, 2] }], d => d["V"].ColumnType = Vector3),
        ["wrong type (text on a float member)"] = () => Load([new EFloat()], d => d["F"].ColumnType = TextDataViewType.Instance),
        ["column removed"] = () =>
        {
            SchemaDefinition definition = SchemaDefinition.Create(typeof(EMixed));
            definition.Remove(definition["F1"]);
            return Observed.Schema(Data.LoadFromEnumerable([new EMixed()], definition).Schema);
        },
        ["annotation"] = () => Load([new EKeyText { K = 2, T = "c" }], d => d["K"].AddAnnotation("KeyValues",
            new VBuffer<ReadOnlyMemory<char>>(4, new[] { "a", "b", "c", "d" }.Select(s => s.AsMemory()).ToArray()),
            new VectorDataViewType(TextDataViewType.Instance, 4))),
        ["Create Direction.Read / Write of EProps"] = () => Enum.GetValues<SchemaDefinition.Direction>().ToDictionary(
            d => d.ToString(), d => (object?)SchemaDefinition.Create(typeof(EProps), d).Select(c => c.ColumnName).ToList()),
        ["LoadFromEnumerable(data, DataViewSchema) with annotations"] = () =>
        {
            DataViewSchema schema = Data.LoadFromEnumerable<EFloatText>([]).Schema;
            return Observed.SchemaAndRows(Data.LoadFromEnumerable([new EFloatText { F = 2, S = "q" }], schema));
        },
        ["CreateEnumerable with a renamed member"] = () =>
        {
            SchemaDefinition definition = SchemaDefinition.Create(typeof(ETextProperty));
            definition["S"].ColumnName = "Renamed";
            SchemaDefinition source = SchemaDefinition.Create(typeof(EText));
            source["S"].ColumnName = "Renamed";
            IDataView view = Data.LoadFromEnumerable(EnumerableTests.Texts("a", null), source);
            return Data.CreateEnumerable<ETextProperty>(view, false, schemaDefinition: definition).Select(r => r.S).ToList();
        },
    };

    public static TheoryData<string> Names => GoldenFile.Names(Golden);

    private static VectorDataViewType Vector3 => new(NumberDataViewType.Single, 3);

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name) => GoldenAssert.Equal(Golden.GetProperty(name), GoldenAssert.Capture(Cases[name]));

    [Fact]
    public void SchemaThatTheClassLacksThrows()
    {
        DataViewSchema schema = Data.LoadFromEnumerable<EFloatText>([]).Schema;
        Assert.Throws<InvalidOperationException>(() => Data.LoadFromEnumerable([new EText()], schema));
    }

    private static Dictionary<string, object?> Load<T>(IEnumerable<T> rows, Action<SchemaDefinition> change) where T : class
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(T));
        change(definition);
        return Observed.SchemaAndRows(Data.LoadFromEnumerable(rows, definition));
    }
}
