namespace Microsoft.ML.DeLoRA;

/// <summary>How a LoRA adapter starts.</summary>
public enum LoRAInitialization
{
    /// <summary>A uniform within +-1 / sqrt(in), B = 0 (PEFT: <c>init_lora_weights=True</c>).</summary>
    Kaiming,

    /// <summary>A normal with deviation 1 / r, B = 0 (PEFT: <c>"gaussian"</c>).</summary>
    Gaussian,

    /// <summary>A and B both random: the start is not the pretrained model (PEFT: <c>False</c>; for tests).</summary>
    Random,

    /// <summary>
    /// A and B from the r largest singular values of the pretrained W, their product subtracted again so that the start is W (PiSSA,
    /// Meng, Wang, Zhang 2024, section 3). Not random. It costs one singular value decomposition per module.
    /// </summary>
    PiSSA,

    /// <summary>
    /// B and A from the first r columns of Q and rows of R of the pretrained W = QR, their product subtracted again so that the start
    /// is W (OLoRA, Büyükakyüz 2024; PEFT: <c>"olora"</c>). Not random. It costs one QR decomposition per module.
    /// </summary>
    OLoRA,
}
