using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>The same seed gives the same numbers, whatever else draws.</summary>
public class RandomTests
{
    public static TheoryData<string> Draws => [.. s_draws.Keys];

    private static readonly Dictionary<string, Func<Generator, Tensor>> s_draws = new()
    {
        ["rand"] = g => rand(100, generator: g),
        ["randn"] = g => randn(100, generator: g),
        ["randint"] = g => randint(1000, new long[] { 100 }, generator: g),
        ["randint from"] = g => randint(500L, 1000L, new long[] { 100 }, generator: g) - 500,
        ["randperm"] = g => randperm(100, generator: g),
        ["uniform_"] = g => empty(100).uniform_(-1, 1, g),
        ["normal_"] = g => empty(100).normal_(3, 2, g),
        ["bernoulli_"] = g => empty(100).bernoulli_(0.5, g),
        ["bernoulli_ by tensor"] = g => empty(100).bernoulli_(full(100, 0.5), g),
        ["exponential_"] = g => empty(100).exponential_(1, g),
        ["multinomial"] = g => ones(10).multinomial(100, true, g),
        ["init.normal_"] = g => nn.init.normal_(empty(100), 0, 1, g),
        ["init.uniform_"] = g => nn.init.uniform_(empty(100), 0, 1, g),
    };

    [Theory]
    [MemberData(nameof(Draws))]
    public void A_generator_repeats_its_numbers_and_another_seed_gives_others(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var first = new Generator(7);
        using var second = new Generator(7);
        using var other = new Generator(8);
        Tensor numbers = s_draws[name](first);
        Assert.True(numbers.Equals(s_draws[name](second)));
        Assert.False(numbers.Equals(s_draws[name](other)));
        Assert.False(numbers.Equals(s_draws[name](first)));
    }

    [Fact]
    public void A_state_taken_and_set_repeats_what_came_after()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(3);
        _ = randn(33, generator: generator);
        Tensor state = generator.get_state();
        Tensor numbers = randn(50, generator: generator);
        generator.set_state(state);
        Assert.True(numbers.Equals(randn(50, generator: generator)));
    }

    [Fact]
    public void Seeds_are_told()
    {
        using var generator = new Generator(11);
        Assert.Equal(11, generator.initial_seed());
        generator.manual_seed(12);
        Assert.Equal(12, generator.initial_seed());
    }

    [Fact]
    public void A_generator_of_ones_own_leaves_the_default_one_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(3);
        Assert.NotEqual(Generator.Default.Handle, generator.Handle);
    }

    [Fact]
    public void Dropout_drops_or_scales_and_so_does_its_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(1000, requires_grad: true);
        Tensor y = nn.functional.dropout(x, 0.75);
        y.sum().backward();
        float[] values = y.data<float>().ToArray();
        Assert.All(values, value => Assert.True(value is 0 or 4));
        Assert.InRange(values.Count(value => value != 0), 150, 350); // 250 expected, standard deviation 14
        Assert.Equal(values, x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Distributions_have_their_mean()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(1);
        // Standard errors at 100,000 draws are below 0.007: six of them.
        Assert.Equal(0.3, empty(100_000).bernoulli_(0.3, generator).mean().ToDouble(), 0.04);
        Assert.Equal(0.5, rand(100_000, generator: generator).mean().ToDouble(), 0.04);
        Assert.Equal(3, empty(100_000).normal_(3, 2, generator).mean().ToDouble(), 0.04);
        Assert.Equal(2, empty(100_000).normal_(3, 2, generator).std().ToDouble(), 0.04);
    }
}

/// <summary>The process-wide generator, which other tests draw from as well.</summary>
[Collection(nameof(Alone))]
public class DefaultGeneratorTests
{
    [Fact]
    public void Manual_seed_repeats_the_default_numbers()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(5);
        Tensor numbers = cat([rand(10), randn(10), nn.functional.dropout(ones(50)), bernoulli(full(10, 0.5))]);
        manual_seed(5);
        Assert.True(numbers.Equals(cat([rand(10), randn(10), nn.functional.dropout(ones(50)), bernoulli(full(10, 0.5))])));
    }

    [Fact]
    public void The_default_state_can_be_kept()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor state = get_rng_state();
        Tensor numbers = rand(10);
        set_rng_state(state);
        Assert.True(numbers.Equals(rand(10)));
    }
}
