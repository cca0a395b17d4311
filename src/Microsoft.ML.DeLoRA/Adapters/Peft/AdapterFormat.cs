namespace Microsoft.ML.DeLoRA;

/// <summary>Who shall read an adapter directory.</summary>
public enum AdapterFormat
{
    /// <summary>
    /// Python's PEFT, with the same results: the method's own form there or, for DeLoRA as PEFT does not have it (frozen copies, another
    /// scaling), the LoRA that it equals exactly. The default.
    /// </summary>
    Peft,

    /// <summary>
    /// PEFT of any version: DeLoRA in every form as the LoRA that it equals exactly; see <see cref="Adapters.LoRAConversion"/>.
    /// </summary>
    LoRA,

    /// <summary>
    /// The DeLoRA authors' fork of PEFT, which has DeLoRA with frozen copies and bottleneck adapters. PEFT itself must not be given it: it
    /// reads the first without complaint, and predicts something else with it.
    /// </summary>
    Authors,
}
