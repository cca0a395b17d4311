using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;

namespace Compat.Tests.Splits;

/// <summary>Every row falls into the part of a split that it fell into in the real library.</summary>
public class SplitTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("split");
    private static readonly JsonElement Special = Golden.GetProperty("trainTestSplitSpecial");

    public static TheoryData<int> TrainTestCases => Indices(Golden.GetProperty("trainTestSplit"));

    public static TheoryData<int> KeyTypeCases => Indices(Golden.GetProperty("trainTestSplitKeyTypes"));

    public static TheoryData<int> CrossValidationCases => Indices(Golden.GetProperty("crossValidationSplit"));

    public static TheoryData<int> SeedCases => Indices(Special.GetProperty("seeds"));

    public static TheoryData<int> MissingKeyCases => Indices(MissingKeys);

    public static TheoryData<string> ErrorCases => GoldenFile.Names(Special.GetProperty("errors"));

    [Theory]
    [MemberData(nameof(TrainTestCases))]
    public void TrainTestSplitsAsGolden(int index)
    {
        JsonElement golden = Golden.GetProperty("trainTestSplit")[index];
        DataOperationsCatalog.TrainTestData split = Split(golden);
        List<object?> test = SplitRow.Ids(split.TestSet);
        List<object?> train = SplitRow.Ids(split.TrainSet);
        GoldenAssert.Equal(golden.GetProperty("test"), test);
        GoldenAssert.Equal(golden.GetProperty("testCount"), test.Count);
        GoldenAssert.Equal(golden.GetProperty("trainCount"), train.Count);
        GoldenAssert.Equal(golden.GetProperty("trainIsTheRestInAscendingOrder"), IsTheRest(train, test, golden));
    }

    [Theory]
    [MemberData(nameof(KeyTypeCases))]
    public void SplitsByKeysOfEveryTypeAsGolden(int index)
    {
        JsonElement golden = Golden.GetProperty("trainTestSplitKeyTypes")[index];
        GoldenAssert.Equal(golden.GetProperty("result"), GoldenAssert.Capture(() => SplitRow.Parts(Split(golden))));
    }

    [Theory]
    [MemberData(nameof(CrossValidationCases))]
    public void CrossValidationSplitsAsGolden(int index)
    {
        JsonElement golden = Golden.GetProperty("crossValidationSplit")[index];
        MLContext context = Context(golden);
        var folds = context.Data.CrossValidationSplit(SplitRow.View(context, golden.GetProperty("n").GetInt32()),
            golden.GetProperty("numberOfFolds").GetInt32(), golden.GetProperty("samplingKeyColumnName").GetString(), Seed(golden, "seed"));
        List<List<object?>> tests = folds.Select(f => SplitRow.Ids(f.TestSet)).ToList();
        List<List<object?>> trains = folds.Select(f => SplitRow.Ids(f.TrainSet)).ToList();
        GoldenAssert.Equal(golden.GetProperty("testFolds"), tests);
        if (golden.TryGetProperty("trainFolds", out JsonElement trainFolds))
            GoldenAssert.Equal(trainFolds, trains);
        if (golden.TryGetProperty("trainIsTheRestInAscendingOrder", out JsonElement rest))
            GoldenAssert.Equal(rest, tests.Zip(trains).All(f => IsTheRest(f.Second, f.First, golden)));
    }

    [Theory]
    [MemberData(nameof(SeedCases))]
    public void EverySeedSplitsAsGolden(int index)
    {
        JsonElement golden = Special.GetProperty("seeds")[index];
        GoldenAssert.Equal(golden.GetProperty("test"), SplitRow.Ids(Split(golden).TestSet));
        GoldenAssert.Equal(golden.GetProperty("testByGroup"), SplitRow.Ids(Split(golden, "Group").TestSet));
    }

    [Theory]
    [MemberData(nameof(MissingKeyCases))]
    public void RowsWithoutSamplingKeyAreInNoPart(int index)
    {
        JsonElement golden = MissingKeys[index];
        string key = golden.GetProperty("samplingKeyColumnName").GetString()!;
        var context = new MLContext(1);
        IDataView view = context.Data.LoadFromEnumerable(SplitRow.RowsWithMissingKeys(20));
        GoldenAssert.Equal(golden.GetProperty("tts 0.5"), SplitRow.Parts(context.Data.TrainTestSplit(view, 0.5, key)));
        GoldenAssert.Equal(golden.GetProperty("cv 3"), context.Data.CrossValidationSplit(view, 3, key).Select(SplitRow.Parts));
    }

    [Theory]
    [MemberData(nameof(ErrorCases))]
    public void WrongArgumentsFailAsGolden(string what)
    {
        var context = new MLContext(1);
        IDataView view = SplitRow.View(context, 10);
        Func<object?> call = what switch
        {
            "testFraction=0" => () => context.Data.TrainTestSplit(view, 0),
            "testFraction=1" => () => context.Data.TrainTestSplit(view, 1),
            "testFraction=NaN" => () => context.Data.TrainTestSplit(view, double.NaN),
            "samplingKeyColumnName=\"nope\"" => () => context.Data.TrainTestSplit(view, samplingKeyColumnName: "nope"),
            "samplingKeyColumnName=\"\"" => () => context.Data.TrainTestSplit(view, samplingKeyColumnName: ""),
            "data=null" => () => context.Data.TrainTestSplit(null!),
            "numberOfFolds=1" => () => context.Data.CrossValidationSplit(view, 1),
            "cv samplingKeyColumnName=\"nope\"" => () => context.Data.CrossValidationSplit(view, samplingKeyColumnName: "nope"),
            _ => throw new InvalidOperationException($"A new case: {what}"),
        };
        GoldenAssert.Equal(Special.GetProperty("errors").GetProperty(what), GoldenAssert.Capture(call));
    }

    [Fact]
    public void OneContextSplitsTheSameEveryTime()
    {
        var context = new MLContext(1);
        IDataView view = SplitRow.View(context, 20);
        IDataView first = context.Data.TrainTestSplit(view, 0.3).TestSet;
        IDataView second = context.Data.TrainTestSplit(view, 0.3).TestSet;
        JsonElement twice = Special.GetProperty("calledTwiceOnOneContext");
        Assert.Equal(SplitRow.Ids(first), SplitRow.Ids(second));
        Assert.Equal(SplitRow.Ids(first), SplitRow.Ids(first));
        GoldenAssert.Equal(twice.GetProperty("second"), twice.GetProperty("first").EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public void APartHasTheSchemaOfItsSource()
    {
        var context = new MLContext(1);
        IDataView test = context.Data.TrainTestSplit(SplitRow.View(context, 20), 0.3).TestSet;
        GoldenAssert.Equal(Special.GetProperty("testSetSchema"), Observed.Schema(test.Schema));
        GoldenAssert.Equal(Special.GetProperty("testSetRowCount"), test.GetRowCount());
        GoldenAssert.Equal(Special.GetProperty("testSetCanShuffle"), test.CanShuffle);
    }

    [Theory]
    [InlineData("oneRow_0.5", 1)]
    [InlineData("noRows_0.5", 0)]
    public void FewRowsSplitAsGolden(string what, int count)
    {
        var context = new MLContext(1);
        GoldenAssert.Equal(Special.GetProperty(what), SplitRow.Parts(context.Data.TrainTestSplit(SplitRow.View(context, count), 0.5)));
    }

    private static JsonElement MissingKeys => Special.EnumerateObject().Single(p => p.Name.StartsWith("missing sampling keys")).Value;

    private static TheoryData<int> Indices(JsonElement cases) => new(Enumerable.Range(0, cases.GetArrayLength()));

    private static MLContext Context(JsonElement golden) => new(Seed(golden, "contextSeed"));

    private static int? Seed(JsonElement golden, string name) =>
        golden.TryGetProperty(name, out JsonElement seed) && seed.ValueKind == JsonValueKind.Number ? seed.GetInt32() : null;

    private static DataOperationsCatalog.TrainTestData Split(JsonElement golden, string? key = null)
    {
        MLContext context = Context(golden);
        if (golden.TryGetProperty("samplingKeyColumnName", out JsonElement name))
            key = name.GetString();
        IDataView view = SplitRow.View(context, golden.GetProperty("n").GetInt32());
        return context.Data.TrainTestSplit(view, golden.GetProperty("testFraction").GetDouble(), key, Seed(golden, "seed"));
    }

    private static bool IsTheRest(List<object?> train, List<object?> test, JsonElement golden) =>
        train.SequenceEqual(Enumerable.Range(0, golden.GetProperty("n").GetInt32()).Select(i => (object?)i).Except(test));
}
