using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

/// <summary>Text files are read as the real loader read them, wanted or not.</summary>
public class TextLoaderTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("textloader");

    private static readonly Dictionary<string, string> LeftOut = new()
    {
        ["sparse"] = "the product reads no sparse text",
        ["no columns given, the file has a #@ TextLoader schema"] = "the product always names its columns",
    };

    public static TheoryData<int, string> Cases => Where(c => c.TryGetProperty("result", out _));

    public static TheoryData<int, string> GenericCases => Where(c => c.TryGetProperty("genericClass", out _));

    public static TheoryData<string> Kinds => new(Golden.GetProperty("scalars").EnumerateArray().Select(s => s.GetProperty("dataKind").GetString()!));

    [Theory]
    [MemberData(nameof(Cases))]
    public void ReadsAsGolden(int index, string what)
    {
        JsonElement golden = Case(index, what);
        var run = new TextLoaderCase(golden);
        GoldenAssert.Equal(golden.GetProperty("result"), run.Run((context, path) => context.Data.LoadFromTextFile(path, run.Options(useThreads: false, withColumns: true))));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ReadsAsGoldenWithThreads(int index, string what)
    {
        JsonElement golden = Case(index, what);
        JsonElement expected = golden.TryGetProperty("resultWithUseThreads", out JsonElement other) ? other : golden.GetProperty("result");
        var run = new TextLoaderCase(golden);
        GoldenAssert.Equal(expected, run.Run((context, path) => context.Data.LoadFromTextFile(path, run.Options(useThreads: true, withColumns: true))));
    }

    [Theory]
    [MemberData(nameof(GenericCases))]
    public void ReadsIntoClassesAsGolden(int index, string what)
    {
        JsonElement golden = Case(index, what);
        JsonElement expected = golden.TryGetProperty("genericResult", out JsonElement other) ? other : golden.GetProperty("result");
        var run = new TextLoaderCase(golden);
        Func<MLContext, string, TextLoader.Options, IDataView> load = TextLoaderClasses.LoadByName[golden.GetProperty("genericClass").GetString()!];
        GoldenAssert.Equal(expected, run.Run((context, path) => load(context, path, run.Options(useThreads: false, withColumns: false))));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ParsesScalarsAsGolden(string kind)
    {
        JsonElement cases = Golden.GetProperty("scalars").EnumerateArray().Single(s => s.GetProperty("dataKind").GetString() == kind).GetProperty("textAndValue");
        var differences = new List<string>();
        using var folder = new TemporaryDirectory();
        foreach (JsonElement pair in cases.EnumerateArray())
        {
            string text = pair[0].GetString()!;
            string path = folder["scalar.txt"];
            File.WriteAllText(path, text + "\tz\n");
            object? actual;
            try
            {
                var options = new TextLoader.Options
                {
                    UseThreads = false,
                    Columns = [new TextLoader.Column("X", Enum.Parse<DataKind>(kind), 0), new TextLoader.Column("Z", DataKind.String, 1)],
                };
                actual = ((List<object?>)Observed.Rows(new MLContext(1).Data.LoadFromTextFile(path, options))[0]!)[0];
            }
            catch (InvalidOperationException e)
            {
                actual = "!InvalidOperationException: " + e.Message.Replace($"value {text} in", "value {text} in");
            }
            try
            {
                GoldenAssert.Equal(pair[1], actual);
            }
            catch (Xunit.Sdk.XunitException e)
            {
                differences.Add($"'{text}': {e.Message}");
            }
        }
        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    private static JsonElement Case(int index, string what)
    {
        JsonElement golden = Golden.GetProperty("cases")[index];
        Assert.Equal(what, golden.GetProperty("what").GetString());
        return golden;
    }

    private static TheoryData<int, string> Where(Func<JsonElement, bool> condition)
    {
        var data = new TheoryData<int, string>();
        JsonElement cases = Golden.GetProperty("cases");
        for (int i = 0; i < cases.GetArrayLength(); i++)
        {
            string what = cases[i].GetProperty("what").GetString()!;
            if (condition(cases[i]) && !LeftOut.ContainsKey(what))
                data.Add(i, what);
        }
        return data;
    }
}
