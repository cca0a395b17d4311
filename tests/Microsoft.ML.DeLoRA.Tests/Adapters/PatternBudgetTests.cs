using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>Patterns that never come to an end are refused by name; all of a method share one time.</summary>
public class PatternBudgetTests
{
    private const string Endless = @"^(([a-z.0-9]+)+)+!$";

    public static TheoryData<string, AdapterMethod> Places => new()
    {
        { "target", new LoRAMethod { Rank = 1, TargetModules = [Endless] } },
        { "exclude", new LoRAMethod { Rank = 1, ExcludeModules = [Endless] } },
        { "rank", new LoRAMethod { Rank = 1, RankPattern = new Dictionary<string, int> { [Endless] = 1 } } },
        { "alpha", new LoRAMethod { Rank = 1, AlphaPattern = new Dictionary<string, double> { [Endless] = 1 } } },
        { "lambda", new DeLoRAMethod { Rank = 1, LambdaPattern = new Dictionary<string, double> { [Endless] = 1 } } },
        { "saved", new LoRAMethod { Rank = 1, ModulesToSave = [Endless] } },
        { "feed-forward", new IA3Method { FeedForwardModules = [Endless] } },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void A_pattern_that_never_ends_is_refused_by_name(string place, AdapterMethod method)
    {
        using SequenceClassifier model = TinyModel.Create();
        string message = Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, method)).Message;
        Assert.True(message.Contains("more than 2 seconds") && message.Contains(Endless), $"{place}: {message}");
        Assert.DoesNotContain(model.Encoder.Linears, l => l.Adapter is not null);
    }

    [Fact]
    public void So_is_one_alone() => Assert.Contains(
        Endless, Assert.Throws<ArgumentException>(() => ModulePattern.Matches(Endless, "encoder.layer.1.attention.self.query")).Message);

    /// <summary>Each is refused in its own time only; a thousand of them would take half an hour.</summary>
    [Fact]
    public void Many_slow_patterns_of_a_file_have_one_time_together()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var directory = new TemporaryDirectory();
        using (AdapterSet adapters = AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 1 }))
            PeftDirectory.Save(directory.Path, adapters, model.Head);
        string file = directory[PeftDirectory.ConfigurationFile];
        // Doubling with every character: some 2^24 steps, about a second.
        string Slow(int number) => $"^(a|[a-z.]|[^!]){{24}}!{number}";
        JsonObject keys = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        keys["rank_pattern"] = new JsonObject(Enumerable.Range(0, 1000).Select(n => KeyValuePair.Create<string, JsonNode?>(Slow(n), 1)));
        File.WriteAllText(file, keys.ToJsonString());
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        string message = Assert.Throws<InvalidDataException>(() => opened.Attach(model.Encoder)).Message;
        Assert.Contains("more than 2 seconds", message);
        Assert.DoesNotContain(model.Encoder.Linears, l => l.Adapter is not null);
    }

    /// <summary>Expressions that are small to write and may be large to build.</summary>
    [Theory]
    [InlineData("^(?:(?:a{0,1000000}){0,1000000}){0,1000000}b$")]
    [InlineData("^(?=(?=(?=(?=.*).*).*).*)((a|ab)(c|bcd)(d*))*$")]
    [InlineData(@"^[\w-[a-z-[aeiou]]]{1,2147483647}$")]
    [InlineData(@"^(?<a>.)(?<-a>.)*(?(a)(?!))\1*$")]
    [InlineData("^(?<!.{0,9999}.*)x")]
    public void Strange_expressions_come_to_an_end(string expression)
    {
        Exception? error = Record.Exception(() => ModulePattern.Matches(expression, "encoder.layer.1.attention.self.query"));
        Assert.True(error is null or ArgumentException, $"{error}");
    }

    [Fact]
    public void Deeply_nested_and_long_ones_too()
    {
        foreach (string expression in new[] { "^" + new string('(', 5000) + new string(')', 5000),
            "^(" + string.Join('|', Enumerable.Repeat("abc", 2500)) + ")*$" })
        {
            Exception? error = Record.Exception(() => ModulePattern.Matches(expression, "encoder.layer.1.attention.self.query"));
            Assert.True(error is null or ArgumentException, $"{error}");
        }
    }

    [Fact]
    public void The_time_of_one_method_is_not_that_of_the_next()
    {
        using SequenceClassifier model = TinyModel.Create();
        Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 1, TargetModules = [Endless] }));
        using AdapterSet adapters =
            AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 1, TargetModules = [@"^encoder\.layer\.1\..*query$"] });
        Assert.Single(adapters.Adapters);
    }

    [Fact]
    public void A_pattern_of_any_length_is_refused() => Assert.Contains(
        "at most 10,100", Assert.Throws<ArgumentException>(() => ModulePattern.Matches(new string('a', 100_000), "query")).Message);
}
