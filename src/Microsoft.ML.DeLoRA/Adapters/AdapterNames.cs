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
