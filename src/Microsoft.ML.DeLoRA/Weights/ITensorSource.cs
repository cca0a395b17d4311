namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>Named tensors that can be read: a safetensors file, several of them, or one with other names.</summary>
/// <remarks>Implementations are thread-safe for reading. <see cref="TensorSourceExtensions"/> reads values out of them.</remarks>
public interface ITensorSource
{
    /// <summary>Where the tensors come from, for messages: a path or a description.</summary>
    string Description { get; }

    /// <summary>The names of all tensors, in the order in which they are stored.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Whether there is a tensor of this name.</summary>
    bool Contains(string name);

    /// <summary>The size of every dimension; empty for a single number.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    ReadOnlySpan<long> Shape(string name);

    /// <summary>How the numbers are stored.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    TensorDataType DataType(string name);

    /// <summary>Copies the tensor's bytes (row-major, little-endian) to a destination of exactly their number.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    /// <exception cref="ArgumentException">The destination has another size.</exception>
    void CopyTo(string name, Span<byte> destination);

    /// <summary>
    /// Copies some of the tensor's bytes: as many as the destination takes, from <paramref name="offset"/> on. Tensors may have more than 2
    /// GB.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has fewer bytes.</exception>
    void CopyTo(string name, long offset, Span<byte> destination);
}
