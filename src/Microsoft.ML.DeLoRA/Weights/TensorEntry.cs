namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>One tensor of a safetensors header; its bytes are [<paramref name="Begin"/>, <paramref name="End"/>) of the data behind the header.</summary>
internal sealed record TensorEntry(string Name, TensorDataType DataType, long[] Shape, long Begin, long End)
{
    public long ByteCount => End - Begin;
}
