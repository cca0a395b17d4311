using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Compat.Tests.Splits;

/// <summary>A registered host's generator gives the numbers that the real one gave, whatever its name.</summary>
public class RandTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("pipeline").GetProperty("rand");

    public static TheoryData<int> Cases => new(Enumerable.Range(0, Golden.GetArrayLength()).Where(i =>
        !Golden[i].GetProperty("what").GetString()!.StartsWith("plain") && Golden[i].GetProperty("what").GetString() != "type of IHost.Rand"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void DrawsAsGolden(int index)
    {
        JsonElement golden = Golden[index];
        string what = golden.GetProperty("what").GetString()!;
        foreach (JsonProperty draw in golden.EnumerateObject().Where(p => p.Name is not ("contextSeed" or "what")))
        {
            Random rand = Host(new MLContext(golden.GetProperty("contextSeed").GetInt32()), what, draw.Name).Rand;
            GoldenAssert.Equal(draw.Value, draw.Name switch
            {
                "next100" => Repeat(() => rand.Next(100), draw.Value.GetArrayLength()),
                "nextDouble" => Named("NextDouble()", () => rand.NextDouble(), draw.Value),
                _ => Named("Next()", () => rand.Next(), draw.Value),
            });
        }
    }

    private static IHost Host(IHostEnvironment context, string what, string which)
    {
        switch (what)
        {
            case "Register(\"x\") first on a new context":
                return context.Register("x");
            case "Register(\"y\") first on a new context":
                return context.Register("y");
            case "Register(\"x\") then Register(\"y\") on one context":
            case "Register(\"y\") then Register(\"x\")":
                bool isFirst = what.StartsWith($"Register(\"{which}\")");
                IHost first = context.Register(isFirst ? which : "first");
                return isFirst ? first : context.Register(which);
            case "Register(\"x\").Register(\"z\")":
                return context.Register("x").Register("z");
            case "Register(\"x\", seed: 5)":
                return context.Register("x", seed: 5);
            case "LoadFromEnumerable first, then Register(\"x\")":
                ((MLContext)context).Data.LoadFromEnumerable(Array.Empty<SplitRow>());
                return context.Register("x");
            default:
                throw new InvalidOperationException($"A new case: {what}");
        }
    }

    private static Dictionary<string, object?> Named(string name, Func<object> draw, JsonElement expected) =>
        new() { [name] = Repeat(draw, expected.GetProperty(name).GetArrayLength()) };

    private static List<object?> Repeat(Func<object> draw, int count) => Enumerable.Range(0, count).Select(_ => (object?)draw()).ToList();

    private static List<object?> Repeat(Func<int> draw, int count) => Repeat(() => (object)draw(), count);
}
