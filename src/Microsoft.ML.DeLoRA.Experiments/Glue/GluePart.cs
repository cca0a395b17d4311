namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>A published part of a task's data. The official test sets have no labels and are of no use here.</summary>
public enum GluePart
{
    /// <summary>What is trained on.</summary>
    Train,

    /// <summary>The official validation set ("dev"); MNLI's matched one. See <see cref="PaperSplit"/>.</summary>
    Validation,

    /// <summary>MNLI's validation set from other sources than the training data.</summary>
    MismatchedValidation,
}
