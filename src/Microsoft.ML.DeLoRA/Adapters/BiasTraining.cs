namespace Microsoft.ML.DeLoRA;

/// <summary>Which of the encoder's own biases train beside the adapters.</summary>
public enum BiasTraining
{
    /// <summary>None: the encoder stays as it is.</summary>
    None,

    /// <summary>Those of the layers that have an adapter (PEFT: <c>bias="delora_only"</c>).</summary>
    AdaptedLayers,

    /// <summary>All of them, those of LayerNorm included (PEFT: <c>bias="all"</c>).</summary>
    All,
}
