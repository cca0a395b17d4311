namespace Microsoft.ML.DeLoRA;

/// <summary>What DeLoRA's bound is relative to: the last step of the paper's ladder from LoRA (table 1).</summary>
public enum DeLoRAWeightScaling
{
    /// <summary>Each input column of the change is scaled by the norm of the pretrained weight's column, as in the authors' code and PEFT.</summary>
    ColumnNorms,

    /// <summary>Not scaled: normalised BA with a controllable boundary only; |dW| is at most |lambda|.</summary>
    None,
}
