using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;

namespace Compat.Tests.Keys;

/// <summary>CopyColumns, DropColumns, SelectColumns and Concatenate: shape, schema with hidden columns, values, errors.</summary>
public class ColumnTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("keys");

    public static TheoryData<string> Cases => GoldenFile.Names(Golden.GetProperty("columns"), "input", "Concatenate slot names");

    private readonly MLContext _context = new(1);

    [Theory]
    [MemberData(nameof(Cases))]
    public void BehavesAsGolden(string what)
    {
        JsonElement golden = Golden.GetProperty("columns").GetProperty(what);
        GoldenAssert.Equal(golden, GoldenAssert.Capture(() =>
        {
            IDataView input = Input();
            IEstimator<ITransformer> estimator = Estimator(what);
            var result = new Dictionary<string, object?>
            {
                ["getOutputSchema"] = GoldenAssert.Capture(() => Shapes.Columns(estimator.GetOutputSchema(Shapes.Of(input)))),
            };
            result["schema"] = GoldenAssert.Capture(() =>
            {
                IDataView output = estimator.Fit(input).Transform(input);
                result["firstRow"] = Observed.Rows(output)[0];
                return KeySpecialTests.WithoutValues(Observed.Schema(output.Schema));
            });
            return result;
        }));
    }

    [Fact]
    public void TheInputIsGolden() =>
        GoldenAssert.Equal(Golden.GetProperty("columns").GetProperty("input").GetProperty("schema"), Observed.Schema(Input().Schema));

    [Fact]
    public void SlotNamesAreGolden()
    {
        IDataView input = Input();
        IDataView output = _context.Transforms.Concatenate("C", "F", "V").Fit(input).Transform(input);
        GoldenAssert.Equal(Golden.GetProperty("columns").GetProperty("Concatenate slot names"), Observed.Annotations(output.Schema["C"].Annotations));
    }

    private IDataView Input()
    {
        IDataView rows = KeyRow.View(_context, Golden.GetProperty("trainRows"));
        return _context.Transforms.Conversion.MapValueToKey("K", "T").Append(_context.Transforms.Concatenate("V", "F")).Fit(rows).Transform(rows);
    }

    /// <summary>From "Name(arguments) note", or two such with "then" between them.</summary>
    private IEstimator<ITransformer> Estimator(string what)
    {
        string[] steps = what.Split(" then ");
        IEstimator<ITransformer> first = Step(steps[0]);
        return steps.Length == 1 ? first : first.Append(Step(steps[1]));
    }

    private IEstimator<ITransformer> Step(string step)
    {
        string name = step[..step.IndexOf('(')];
        string arguments = step[(step.IndexOf('(') + 1)..step.LastIndexOf(')')];
        bool keepHidden = arguments.EndsWith("keepHidden true");
        string[] names = arguments.Split("], keepHidden")[0].Trim('[', ']').Split(',', ';').Where(n => n.Length > 0).ToArray();
        return (name, names) switch
        {
            ("CopyColumns", [var to, var from]) => _context.Transforms.CopyColumns(to, from),
            ("DropColumns", ["all"]) => _context.Transforms.DropColumns("T", "I", "B", "F", "D", "K", "V"),
            ("DropColumns", _) => _context.Transforms.DropColumns(names),
            ("SelectColumns", _) when arguments.Contains("keepHidden") => _context.Transforms.SelectColumns(names, keepHidden),
            ("SelectColumns", _) => _context.Transforms.SelectColumns(names),
            ("Concatenate", [var to, .. var from]) => _context.Transforms.Concatenate(to, from),
            _ => throw new InvalidOperationException($"A new case: {step}"),
        };
    }
}
