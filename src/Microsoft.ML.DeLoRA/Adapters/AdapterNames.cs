using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>The names that PEFT gives to tensors in an adapter checkpoint.</summary>
internal static class AdapterNames
{
    /// <summary>Stands before every name.</summary>
    public const string Prefix = "base_model.model.";

    // No family's encoder has a module of another one's head.
    private static readonly string[] _heads =
        [.. EncoderFamilies.All.SelectMany(f => f.Head.Modules.Select(m => Of(f, m + "."))).Distinct()];

    /// <summary>A tensor of an adapter, of a part of the encoder that has none, or of the head.</summary>
    /// <param name="family">The encoder's family.</param>
    /// <param name="name">Its name without the family's prefix: <c>encoder.layer.0.attention.self.query.delora_A</c>.</param>
    internal static string Of(EncoderFamily family, string name) => Prefix + family.FullName(name);

    /// <summary>A weight or bias of a layer that has an adapter, which PEFT wraps.</summary>
    internal static string OfAdaptedLayer(EncoderFamily family, string name)
        => Of(family, name.Insert(name.LastIndexOf('.'), ".base_layer"));

    /// <summary>Does that name in a checkpoint belong to the head?</summary>
    public static bool IsOfHead(string name) => _heads.Any(h => name.StartsWith(h, StringComparison.Ordinal));

    /// <summary>The tensors of an adapter checkpoint by the names that <see cref="Of"/> takes.</summary>
    internal static RenamedTensors ByOwnName(ITensorSource checkpoint, EncoderFamily family)
        => new(checkpoint, stored => family.NameOf(stored.StartsWith(Prefix, StringComparison.Ordinal) ? stored[Prefix.Length..] : stored));
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
    public static void Require(PackedEncoder encoder, AdapterMethod method, ITensorSource source, Predicate<string>? mayLack = null)
    {
        foreach ((string name, long[] shape) in method.ShapesFor(encoder))
        {
            if (source.Contains(name) || mayLack?.Invoke(name) != true)
                source.RequireShape(name, shape);
        }
    }
}
