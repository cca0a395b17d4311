using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>A method that puts one adapter on each targeted linear layer.</summary>
public abstract record LinearAdapterMethod : AdapterMethod
{
    /// <summary>
    /// The layers that get an adapter; default the query and value projections of every layer. See <see cref="ModulePattern"/>
    /// for the form of a pattern.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["query", "value"];

    /// <summary>Which of the encoder's own biases train too; default none.</summary>
    public BiasTraining Bias { get; init; }

    /// <summary>Says why the options cannot work on that layer.</summary>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the layer's shape.</exception>
    protected internal abstract void Check(AdaptableLinear layer);

    /// <summary>Makes the adapter of one layer with its initial values.</summary>
    protected internal abstract LinearAdapter Create(AdaptableLinear layer, Generator generator);

    /// <inheritdoc/>
    protected internal sealed override AdapterPlacement Place(RobertaEncoder encoder, Generator generator)
    {
        AdaptableLinear[] targets = ModulePattern.Select(encoder.Linears, TargetModules);
        foreach (AdaptableLinear layer in targets)
            Check(layer);
        IEnumerable<ModelParameter> biases = Bias switch
        {
            BiasTraining.None => [],
            BiasTraining.AdaptedLayers => targets.Select(t => t.Bias),
            _ => encoder.Parameters.Where(p => p.Name.EndsWith(".bias", StringComparison.Ordinal)),
        };
        return new AdapterPlacement([.. targets.Select(t => Create(t, generator))], [.. biases]);
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
