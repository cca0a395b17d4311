using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>The names that PEFT gives to tensors in an adapter checkpoint.</summary>
public static class AdapterNames
{
    /// <summary>Stands before every name.</summary>
    public const string Prefix = "base_model.model.";

    /// <summary>Stands before the names of the encoder's and its adapters' tensors.</summary>
    public const string EncoderPrefix = Prefix + "roberta.";

    /// <summary>A tensor of an adapter, or of a part of the encoder that has none: <c>encoder.layer.0.attention.self.query.delora_A</c>.</summary>
    public static string OfEncoder(string name) => EncoderPrefix + name;

    /// <summary>A weight or bias of a layer that has an adapter, which PEFT wraps.</summary>
    public static string OfAdaptedLayer(string name) => EncoderPrefix + name.Insert(name.LastIndexOf('.'), ".base_layer");

    /// <summary>A tensor of the head: <c>classifier.dense.weight</c>.</summary>
    public static string OfHead(string name) => Prefix + name;

    /// <summary>Does that name in a checkpoint belong to the head?</summary>
    public static bool IsOfHead(string name) => name.StartsWith(Prefix + "classifier.", StringComparison.Ordinal);
}

/// <summary>Compares what a method's options ask for with the tensors that are there.</summary>
internal static class SavedShapes
{
    /// <summary>Refuses options that ask for other tensors than a file has, before one of them is made.</summary>
    /// <param name="encoder">What the adapters are for.</param>
    /// <param name="method">The method with the file's options.</param>
    /// <param name="source">The file's tensors.</param>
    /// <param name="mayLack">Whether a file may lack a tensor; null: none.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or has another shape; the message names it and both shapes.</exception>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the encoder; the message names it.</exception>
    public static void Require(RobertaEncoder encoder, AdapterMethod method, ITensorSource source, Predicate<string>? mayLack = null)
    {
        foreach ((string name, long[] shape) in method.ShapesFor(encoder))
        {
            if (source.Contains(name) || mayLack?.Invoke(name) != true)
                source.RequireShape(name, shape);
        }
    }
}
