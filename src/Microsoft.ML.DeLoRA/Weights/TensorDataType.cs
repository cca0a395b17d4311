namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>How the numbers of a stored tensor are kept. The order is that of the safetensors library: later ones are written first.</summary>
public enum TensorDataType
{
    /// <summary>BOOL: one byte, 0 or 1.</summary>
    Boolean,

    /// <summary>U8.</summary>
    UInt8,

    /// <summary>I8.</summary>
    Int8,

    /// <summary>I16.</summary>
    Int16,

    /// <summary>F16: IEEE half precision.</summary>
    Float16,

    /// <summary>BF16: the upper half of a float32.</summary>
    BFloat16,

    /// <summary>I32.</summary>
    Int32,

    /// <summary>F32.</summary>
    Float32,

    /// <summary>F64.</summary>
    Float64,

    /// <summary>I64.</summary>
    Int64,
}
