using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>The options of a saved model come from outside: whatever is wrong with them is a JsonException.</summary>
public class HostileMethodJsonTests
{
    public static TheoryData<string, string> Methods
        => [.. AdapterMethods.All.Where(m => m.GetType().Assembly == typeof(AdapterMethod).Assembly).SelectMany(Options)];

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"name": null}""")]
    [InlineData("""{"name": 1}""")]
    [InlineData("""{"name": "\ud800"}""")]
    [InlineData("""{"name": "LoRA", "name": "LoRA"}""")]
    [InlineData("""{"name": "LoRA", "rank": 1, "rank": 2}""")]
    [InlineData("""{"name": "LoRA", "rank": 1e400}""")]
    [InlineData("""{"name": "LoRA", "rank": 2147483648}""")]
    [InlineData("""{"name": "LoRA", "rank_pattern": {"query": null}}""")]
    [InlineData("""{"name": "LoRA", "target_modules": ["\udc00"]}""")]
    [InlineData("""{"name": "LoRA", "target_modules": "query"}""")]
    [InlineData("""{"name": "LoRA", "layers": [null]}""")]
    public void What_is_no_method_is_refused(string json)
        => Assert.ThrowsAny<JsonException>(() => AdapterMethodJson.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [MemberData(nameof(Methods))]
    public void Null_is_a_value_only_where_it_means_something(string method, string option)
    {
        byte[] json = Encoding.UTF8.GetBytes($$"""{"name": "{{method}}", "{{option}}": null}""");
        if (option is "layers" or "initial_steps" or "final_steps")
            Assert.NotNull(AdapterMethodJson.Read(json));
        else
            Assert.ThrowsAny<JsonException>(() => AdapterMethodJson.Read(json));
    }

    [Fact]
    public void Deep_nesting_is_refused() => Assert.ThrowsAny<JsonException>(
        () => AdapterMethodJson.Read(Encoding.UTF8.GetBytes("""{"name": "LoRA", "rank": """ + new string('[', 100_000))));

    private static IEnumerable<(string, string)> Options(AdapterMethod method)
    {
        using var stream = new MemoryStream();
        AdapterMethodJson.Write(stream, method);
        // What follows from the others is written, and passed over.
        return JsonNode.Parse(stream.ToArray())!.AsObject().Select(p => p.Key).Where(k => k != "starts_as_base")
            .Select(k => (method.Name, k));
    }
}
