using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class ModulePatternTests
{
    [Theory]
    [InlineData("query", "encoder.layer.3.attention.self.query", true)]
    [InlineData("uery", "encoder.layer.3.attention.self.query", false)]
    [InlineData("output.dense", "encoder.layer.3.attention.output.dense", true)]
    [InlineData("attention.output.dense", "encoder.layer.3.output.dense", false)]
    [InlineData("layer.1.attention.self.query", "encoder.layer.11.attention.self.query", false)]
    [InlineData("encoder.layer.1.attention.self.query", "encoder.layer.1.attention.self.query", true)]
    [InlineData("self-query", "encoder.layer.1.attention.self-query", true)]
    [InlineData(@"^encoder\.layer\.[01]\..*\.value$", "encoder.layer.1.attention.self.value", true)]
    [InlineData(@"^encoder\.layer\.[01]\..*\.value$", "encoder.layer.2.attention.self.value", false)]
    [InlineData("roberta.encoder.layer.1.attention.self.query", "encoder.layer.1.attention.self.query", true)]
    [InlineData(@"^roberta\.encoder\.layer\.1\..*", "encoder.layer.1.attention.self.query", true)]
    [InlineData(@"^roberta\.encoder\.layer\.1\..*", "encoder.layer.0.attention.self.query", false)]
    [InlineData(@"^(?!encoder\.layer\.0).*query$", "encoder.layer.0.attention.self.query", false)]
    public void A_pattern_is_the_end_of_a_name_or_a_regular_expression(string pattern, string name, bool matches)
        => Assert.Equal(matches, ModulePattern.Matches(pattern, name));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("^(")]
    public void A_pattern_that_is_none_is_refused(string pattern)
        => Assert.ThrowsAny<ArgumentException>(() => ModulePattern.Matches(pattern, "query"));

    [Fact]
    public void A_pattern_that_names_nothing_is_answered_with_what_there_is()
    {
        using SequenceClassifier model = TinyModel.Create();
        string message = Assert.Throws<ArgumentException>(() => ModulePattern.Select(model.Encoder.Linears, ["query", "q_proj"])).Message;
        Assert.Contains("'q_proj'", message);
        Assert.Contains(
            "attention.self.query, attention.self.key, attention.self.value, attention.output.dense, intermediate.dense, output.dense",
                message);
        Assert.Throws<ArgumentException>(() => ModulePattern.Select(model.Encoder.Linears, []));
    }

    [Fact]
    public void A_layer_that_two_patterns_name_is_selected_once()
    {
        using SequenceClassifier model = TinyModel.Create();
        Assert.Equal(2, ModulePattern.Select(model.Encoder.Linears, ["query", "self.query"]).Length);
    }

    [Fact]
    public void Layers_and_exclusions_narrow_the_targets()
    {
        using SequenceClassifier model = TinyModel.Create();
        string[] Names(IReadOnlyList<string> targets, IReadOnlyList<string>? excluded = null, IReadOnlyList<int>? layers = null)
            => [.. ModulePattern.Select(model.Encoder.Linears, targets, excluded, layers).Select(l => l.Name)];
        Assert.Equal(12, Names(["all-linear"]).Length);
        Assert.Equal(["encoder.layer.1.attention.self.query"], Names(["query"], layers: [1]));
        Assert.Equal(["encoder.layer.0.output.dense", "encoder.layer.1.output.dense"], Names(["output.dense"], ["attention.output.dense"]));
        Assert.Throws<ArgumentException>(() => Names(["query"], ["query"]));
        Assert.Throws<ArgumentException>(() => Names(["query"], ["nothing"]));
        Assert.Throws<ArgumentException>(() => Names(["query"], layers: []));
        Assert.Contains("0 to 1", Assert.Throws<ArgumentException>(() => Names(["query"], layers: [2])).Message);
    }
}
