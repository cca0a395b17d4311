using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>A method that puts one adapter on each targeted linear layer.</summary>
public abstract record LinearAdapterMethod : AdapterMethod
{
    /// <summary>
    /// The layers that get an adapter; default the query and value projections of every layer. See <see cref="ModulePattern"/>
    /// for the form of a pattern; <c>all-linear</c> means every one.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["query", "value"];

    /// <summary>
    /// Layers that get none although <see cref="TargetModules"/> names them, by <see cref="ModulePattern"/>; default none.
    /// </summary>
    public IReadOnlyList<string> ExcludeModules { get; init; } = [];

    /// <summary>Numbers of the encoder layers, from 0, whose modules get adapters; null (default): all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Which of the encoder's own biases train too; default none.</summary>
    public BiasTraining Bias { get; init; }

    /// <summary>Says why the options cannot work on that layer.</summary>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the layer's shape.</exception>
    protected internal abstract void Check(AdaptableLinear layer);

    /// <summary>Refuses patterns of the method's own options, such as tables of ranks, that name none of the layers.</summary>
    /// <param name="linears">All linear layers of the encoder.</param>
    /// <param name="targets">Those that get an adapter.</param>
    /// <exception cref="ArgumentException">A pattern names none; the message says which.</exception>
    protected virtual void CheckPatterns(IEnumerable<AdaptableLinear> linears, IReadOnlyList<AdaptableLinear> targets)
    {
    }

    /// <summary>Refuses patterns of a table that name no layer with an adapter.</summary>
    /// <exception cref="ArgumentException">There is one; the message names it and the option.</exception>
    protected static void RequireNaming(string option, IEnumerable<string> patterns, IReadOnlyList<AdaptableLinear> targets)
        => ModulePattern.RequireNaming(option, patterns, targets, "module with an adapter");

    /// <summary>Makes the adapter of one layer with its initial values; called without gradient, in a dispose scope.</summary>
    protected internal abstract LinearAdapter Create(AdaptableLinear layer, Generator generator);

    /// <summary>Makes the adapters of all targeted layers; a method whose adapters share tensors overrides it.</summary>
    private protected virtual AdapterPlacement CreateAll(IReadOnlyList<AdaptableLinear> layers, Generator generator)
        => new([.. layers.Select(l => Create(l, generator))], []);

    /// <summary>The tensors that <see cref="Create"/> makes and that are saved: the last parts of their names and their shapes.</summary>
    protected internal virtual IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer) => [];

    /// <summary>The same of the tensors that the adapters share, with their whole names; default none.</summary>
    protected virtual IEnumerable<(string Name, long[] Shape)> SharedShapes(IReadOnlyList<AdaptableLinear> layers) => [];

    /// <inheritdoc/>
    protected internal sealed override IEnumerable<(string Name, long[] Shape)> ShapesFor(PackedEncoder encoder)
    {
        AdaptableLinear[] targets = CheckedTargets(encoder);
        return targets.SelectMany(t => Shapes(t).Select(s => (AdapterNames.Of(encoder.Family, $"{t.Name}.{s.Suffix}"), s.Shape)))
            .Concat(SharedShapes(targets));
    }

    /// <inheritdoc/>
    internal sealed override AdapterPlacement Place(PackedEncoder encoder, Generator generator)
    {
        AdaptableLinear[] targets = CheckedTargets(encoder);
        IEnumerable<ModelParameter> biases = Bias switch
        {
            BiasTraining.None => [],
            BiasTraining.AdaptedLayers => targets.Select(t => t.Bias),
            _ => encoder.Parameters.Where(p => p.Name.EndsWith(".bias", StringComparison.Ordinal)),
        };
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return CreateAll(targets, generator) with { EncoderParameters = [.. biases] };
    }

    /// <summary>
    /// True for a factor that weights can be multiplied by: from -1e30 to 1e30, since the products are 32-bit floats.
    /// </summary>
    internal static bool IsFactor(double factor) => Math.Abs(factor) <= 1e30;

    /// <summary>The layers that get an adapter.</summary>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the encoder; the message names it.</exception>
    private protected AdaptableLinear[] CheckedTargets(PackedEncoder encoder)
    {
        AdaptableLinear[] targets = ModulePattern.Select(encoder.Linears, TargetModules, ExcludeModules, Layers);
        CheckPatterns(encoder.Linears, targets);
        foreach (AdaptableLinear layer in targets)
            Check(layer);
        return targets;
    }

    /// <summary>The value that a table of patterns gives a layer: that of the first pattern that matches, else the fallback.</summary>
    protected static T ForLayer<T>(AdaptableLinear layer, IReadOnlyDictionary<string, T> patterns, T fallback)
    {
        foreach ((string pattern, T value) in patterns)
        {
            if (ModulePattern.Matches(pattern, layer.Name))
                return value;
        }
        return fallback;
    }
}
