using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;
using Microsoft.ML.Transforms;

namespace Compat.Tests.Keys;

/// <summary>Keys, their order and their values for every type of value and every option.</summary>
public class MapValueToKeyTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("keys");

    public static TheoryData<int> Cases => new(Enumerable.Range(0, Golden.GetProperty("mapValueToKey").GetArrayLength()));

    [Theory]
    [MemberData(nameof(Cases))]
    public void MapsAsGolden(int index)
    {
        JsonElement golden = Golden.GetProperty("mapValueToKey")[index];
        var context = new MLContext(1);
        IDataView train = KeyRow.View(context, Golden.GetProperty("trainRows"));
        IDataView test = KeyRow.View(context, Golden.GetProperty("testRows"));
        GoldenAssert.Equal(golden.GetProperty("result"), GoldenAssert.Capture(() =>
        {
            ValueToKeyMappingEstimator estimator = context.Transforms.Conversion.MapValueToKey("K", golden.GetProperty("column").GetString()!,
                golden.GetProperty("maximumNumberOfKeys").GetInt32(),
                Enum.Parse<ValueToKeyMappingEstimator.KeyOrdinality>(golden.GetProperty("keyOrdinality").GetString()!),
                golden.GetProperty("addKeyValueAnnotationsAsText").GetBoolean());
            ITransformer transformer = estimator.Fit(train);
            IDataView mapped = transformer.Transform(train);
            IDataView mappedTest = transformer.Transform(test);
            IDataView back = context.Transforms.Conversion.MapKeyToValue("V", "K").Fit(mappedTest).Transform(mappedTest);
            var result = (Dictionary<string, object?>)Observed.Schema(mapped.Schema).Last()!;
            return new Dictionary<string, object?>
            {
                ["type"] = result["type"],
                ["keyCount"] = result["keyCount"],
                ["annotations"] = result["annotations"],
                ["trainIds"] = KeyRow.Column(mapped, "K"),
                ["testIds"] = KeyRow.Column(mappedTest, "K"),
                ["mapKeyToValueOfTest"] = new Dictionary<string, object?>
                {
                    ["type"] = back.Schema["V"].Type.ToString(),
                    ["annotations"] = Observed.Annotations(back.Schema["V"].Annotations),
                    ["values"] = KeyRow.Column(back, "V"),
                },
                ["getOutputSchema"] = Shapes.Columns(estimator.GetOutputSchema(Shapes.Of(train))),
            };
        }));
    }
}
