using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

/// <summary>What chains say of data that do not fit.</summary>
public class ChainErrorTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("pipeline").GetProperty("errors");

    private static readonly MLContext Context = new(1);

    private static readonly IDataView Rows = Context.Data.LoadFromEnumerable(LengthScorer.Rows(6).ToArray());

    private static readonly IDataView OtherRows = Context.Data.LoadFromEnumerable<EnumerableClasses.EFloat>([new()]);

    private static readonly Dictionary<string, Func<object?>> Cases = new()
    {
        ["Fit, missing column (first)"] = () => Key("Label", "Nope").Append(Key("K", "Cat")).Fit(Rows),
        ["Fit, missing column (second): is the first fitted before"] = () =>
        {
            int fitted = 0;
            object? result = GoldenAssert.Capture(() => Key("Label", "Cat").WithOnFitDelegate(_ => fitted++).Append(Key("K", "Nope")).Fit(Rows));
            return new Dictionary<string, object?> { ["firstFitted"] = fitted, ["result"] = result };
        },
        ["Fit, wrong type: MapKeyToValue of text"] = () => Key("Label", "Cat").Append(Context.Transforms.Conversion.MapKeyToValue("Back", "Cat")).Fit(Rows),
        ["Fit(null)"] = () => Key("Label", "Cat").Append(Key("K", "Cat")).Fit(null),
        ["Transform(null)"] = () => Key("Label", "Cat").Append(Key("K", "Cat")).Fit(Rows).Transform(null),
        ["Transform, missing column"] = () => Key("Label", "Cat").Append(Key("K", "Cat")).Fit(Rows).Transform(OtherRows),
        ["Transform, other type of the column"] = () =>
        {
            SchemaDefinition definition = SchemaDefinition.Create(typeof(EnumerableClasses.EFloat));
            definition["F"].ColumnName = "Label";
            IDataView floats = Context.Data.LoadFromEnumerable<EnumerableClasses.EFloat>([new()], definition);
            SchemaDefinition texts = SchemaDefinition.Create(typeof(EnumerableClasses.EText));
            texts["S"].ColumnName = "Label";
            IDataView labels = Context.Data.LoadFromEnumerable(EnumerableTests.Texts("a"), texts);
            return Key("Label", "Label").Append(Key("K", "Label")).Fit(labels).Transform(floats);
        },
        ["GetOutputSchema, missing column"] = () => Key("Label", "Cat").Append(Key("K", "Cat")).Fit(Rows).GetOutputSchema(OtherRows.Schema),
    };

    /// <summary>Left out: the built-in trainers, which the product does not use.</summary>
    public static TheoryData<string> Names => GoldenFile.Names(Golden, "trainer: missing Features", "trainer: label is text");

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name) => GoldenAssert.Equal(Golden.GetProperty(name), GoldenAssert.Capture(Cases[name]));

    private static Microsoft.ML.Transforms.ValueToKeyMappingEstimator Key(string output, string input) =>
        Context.Transforms.Conversion.MapValueToKey(output, input);
}
