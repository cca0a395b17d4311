using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Evaluation;

/// <summary>
/// Folds, models and held-out rows of CrossValidate. The golden scorer learned its classes and this one does not, so the predictions
/// are not compared (EvaluateTests does that), only which rows of which class each fold held out. For the same reason the case with a
/// sampling key is left out, whose scorer knew one class only; and the library's own trainers, which the stand-in does not have.
/// </summary>
public class CrossValidateTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("pipeline").GetProperty("crossValidate");

    public static TheoryData<int> Cases => new(Enumerable.Range(0, Golden.GetArrayLength())
        .Where(i => Golden[i].TryGetProperty("samplingKeyColumnName", out JsonElement key) && key.ValueKind == JsonValueKind.Null));

    public static TheoryData<string> SpecialCases => new(Golden.EnumerateArray()
        .Where(c => c.TryGetProperty("what", out _)).Select(c => c.GetProperty("what").GetString()!));

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryFoldHoldsOutAsGolden(int index)
    {
        JsonElement golden = Golden[index];
        var context = new MLContext(golden.GetProperty("contextSeed").GetInt32());
        int? seed = golden.GetProperty("seed").ValueKind == JsonValueKind.Null ? null : golden.GetProperty("seed").GetInt32();
        int folds = golden.GetProperty("numberOfFolds").GetInt32();
        var results = context.MulticlassClassification.CrossValidate(Rows(context), Pipeline(context), folds, seed: seed);
        Assert.Equal(golden.GetProperty("result").GetArrayLength(), results.Count);
        foreach ((JsonElement expected, var fold) in golden.GetProperty("result").EnumerateArray().Zip(results))
        {
            GoldenAssert.Equal(expected.GetProperty("Fold"), fold.Fold);
            GoldenAssert.Equal(expected.GetProperty("ModelType"), TypeName(fold.Model.GetType()));
            GoldenAssert.Equal(expected.GetProperty("ScoredHoldOutSet rows"), fold.ScoredHoldOutSet.GetColumn<string>("Text").Count());
            GoldenAssert.Equal(expected.GetProperty("ScoredHoldOutSet columns"), VisibleColumns(fold.ScoredHoldOutSet));
            List<object?> classes = Observed.Annotations(fold.ScoredHoldOutSet.Schema["Label"].Annotations);
            GoldenAssert.Equal(expected.GetProperty("classes (order of the fold's own key map)"), classes);
            JsonElement counts = expected.GetProperty("Metrics").GetProperty("ConfusionMatrix").GetProperty("Counts");
            Assert.Equal(RowSums(counts), fold.Metrics.ConfusionMatrix.Counts.Select(row => row.Sum()));
        }
    }

    [Theory]
    [MemberData(nameof(SpecialCases))]
    public void SpecialCasesAreGolden(string what)
    {
        var context = new MLContext(1);
        MulticlassClassificationCatalog catalog = context.MulticlassClassification;
        Func<object?> run = what switch
        {
            "the label column is made outside (Label key already in data), one third-party estimator, 3 folds" => () =>
            {
                IDataView rows = Rows(context);
                IDataView labelled = context.Transforms.Conversion.MapValueToKey("Label", "Cat").Fit(rows).Transform(rows);
                return catalog.CrossValidate(labelled, new LengthScorer(), 3).Select(fold => new Dictionary<string, object?>
                {
                    ["Fold"] = fold.Fold,
                    ["rows"] = fold.ScoredHoldOutSet.GetColumn<string>("Text").Count(),
                    ["columns"] = VisibleColumns(fold.ScoredHoldOutSet),
                });
            },
            "numberOfFolds 1" => () => catalog.CrossValidate(Rows(context), Pipeline(context), 1),
            "label column missing" => () => catalog.CrossValidate(Rows(context), Pipeline(context), labelColumnName: "Nope"),
            "estimator null" => () => catalog.CrossValidate(Rows(context), null!),
            _ => throw new InvalidOperationException($"A new case: {what}"),
        };
        JsonElement golden = Golden.EnumerateArray().Single(c => c.TryGetProperty("what", out JsonElement name) && name.GetString() == what);
        GoldenAssert.Equal(golden.GetProperty("result"), GoldenAssert.Capture(run));
    }

    [Fact]
    public void RegressionFoldsAreTheSplitsOfTheSameSeed()
    {
        var context = new MLContext(1);
        IDataView data = context.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new Number { Label = i, X = i + i % 3 }));
        var folds = context.Regression.CrossValidate(data, context.Transforms.CopyColumns("Score", "X"), 4, seed: 7);
        var splits = context.Data.CrossValidationSplit(data, 4, seed: 7);
        Assert.Equal(splits.Select(s => s.TestSet.GetColumn<float>("Label")), folds.Select(f => f.ScoredHoldOutSet.GetColumn<float>("Label")));
        Assert.Equal(folds.Select(f => context.Regression.Evaluate(f.ScoredHoldOutSet).MeanSquaredError), folds.Select(f => f.Metrics.MeanSquaredError));
    }

    private static IDataView Rows(MLContext context) => context.Data.LoadFromEnumerable(LengthScorer.Rows(60).ToArray());

    private static IEstimator<ITransformer> Pipeline(MLContext context) => context.Transforms.Conversion.MapValueToKey("Label", "Cat")
        .Append(new LengthScorer())
        .Append(context.Transforms.Conversion.MapKeyToValue("Pred", "PredictedLabel"));

    private static IEnumerable<string> VisibleColumns(IDataView view) => view.Schema.Where(c => !c.IsHidden).Select(c => c.Name);

    private static IEnumerable<double> RowSums(JsonElement counts) =>
        counts.EnumerateArray().Select(row => row.EnumerateArray().Sum(c => c.GetDouble()));

    private static string TypeName(Type type) => type.IsGenericType
        ? $"{type.FullName!.Split('`')[0]}<{string.Join(",", type.GetGenericArguments().Select(a => a.FullName))}>"
        : type.FullName!;

    private sealed class Number
    {
        public float Label;
        public float X;
    }
}
