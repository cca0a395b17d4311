using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;

namespace Compat.Tests.Splits;

/// <summary>
/// The number that places each row, to its last bit: a row is in the test set of a fraction above its number and of none below.
/// Hashes of float and key columns are left out: a split scales or counts those instead of hashing them.
/// </summary>
public class RowPlaceTests
{
    private const double Buckets = 1 << 30;

    private static readonly JsonElement Special = GoldenFile.Load("split").GetProperty("trainTestSplitSpecial");
    private static readonly JsonElement Numbers = Special.GetProperty("splitColumnRandomNumbers");
    private static readonly JsonElement Hashes = Special.GetProperty("splitColumnHashes");

    public static TheoryData<int> NumberCases => new(Enumerable.Range(0, Numbers.GetArrayLength()));

    public static TheoryData<int> HashCases => new(Enumerable.Range(0, Hashes.GetArrayLength())
        .Where(i => Hashes[i].GetProperty("column").GetString() is "Group" or "GInt" or "GBool"));

    [Theory]
    [MemberData(nameof(NumberCases))]
    public void RandomNumbersAreGolden(int index)
    {
        JsonElement golden = Numbers[index];
        int? seed = golden.GetProperty("seed").ValueKind == JsonValueKind.Null ? null : (int)golden.GetProperty("seed").GetUInt32();
        float[] numbers = golden.GetProperty("values").EnumerateArray().Select(v => float.Parse(v.GetRawText())).ToArray();
        var context = new MLContext();
        IDataView view = SplitRow.View(context, numbers.Length);
        foreach ((int row, float number) in numbers.Index())
        {
            Assert.Contains(row, SplitRow.Ids(context.Data.TrainTestSplit(view, Math.BitIncrement((double)number), seed: seed).TestSet));
            Assert.DoesNotContain(row, SplitRow.Ids(context.Data.TrainTestSplit(view, number, seed: seed).TestSet));
        }
    }

    [Theory]
    [MemberData(nameof(HashCases))]
    public void HashesAreGolden(int index)
    {
        JsonElement golden = Hashes[index];
        string column = golden.GetProperty("column").GetString()!;
        int seed = golden.GetProperty("seed").GetInt32();
        var context = new MLContext();
        foreach ((JsonElement input, JsonElement raw) in golden.GetProperty("inputs").EnumerateArray().Zip(golden.GetProperty("rawKeys").EnumerateArray()))
        {
            IDataView view = context.Data.LoadFromEnumerable([Row(column, input)]);
            if (raw.GetUInt32() == 0)
            {
                Assert.Empty(SplitRow.Ids(context.Data.TrainTestSplit(view, 0.5, column, seed).TestSet));
                Assert.Empty(SplitRow.Ids(context.Data.TrainTestSplit(view, 0.5, column, seed).TrainSet));
                continue;
            }
            double place = (raw.GetUInt32() - 0.5) / Buckets;
            Assert.Single(SplitRow.Ids(context.Data.TrainTestSplit(view, place + 0.25 / Buckets, column, seed).TestSet));
            Assert.Single(SplitRow.Ids(context.Data.TrainTestSplit(view, place - 0.25 / Buckets, column, seed).TrainSet));
        }
    }

    private static SplitRow Row(string column, JsonElement value) => column switch
    {
        "Group" => new SplitRow { Group = value.GetString() },
        "GInt" => new SplitRow { GInt = value.GetInt32() },
        _ => new SplitRow { GBool = value.GetBoolean() },
    };
}
