namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>Tensors of which one is taken from another source, maybe with another shape.</summary>
/// <param name="source">The tensors.</param>
/// <param name="name">The one that is replaced.</param>
/// <param name="other">Where it is.</param>
/// <param name="otherName">What it is called there.</param>
/// <remarks>Thread-safe for reading. Owns nothing.</remarks>
internal sealed class ReplacedTensor(ITensorSource source, string name, ITensorSource other, string otherName) : ITensorSource
{
    public string Description => source.Description;

    public IReadOnlyCollection<string> Names => source.Names;

    public bool Contains(string asked) => source.Contains(asked);

    public ReadOnlySpan<long> Shape(string asked) => asked == name ? other.Shape(otherName) : source.Shape(asked);

    public TensorDataType DataType(string asked) => asked == name ? other.DataType(otherName) : source.DataType(asked);

    public void CopyTo(string asked, Span<byte> destination)
    {
        if (asked == name)
            other.CopyTo(otherName, destination);
        else
            source.CopyTo(asked, destination);
    }

    public void CopyTo(string asked, long offset, Span<byte> destination)
    {
        if (asked == name)
            other.CopyTo(otherName, offset, destination);
        else
            source.CopyTo(asked, offset, destination);
    }
}
