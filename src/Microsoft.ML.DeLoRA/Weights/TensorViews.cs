using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>
/// The same tensors under other names, such as without a prefix that some have, so that a model saved as a bare encoder
/// (<c>embeddings.word_embeddings.weight</c>) and one saved with a head (<c>roberta.embeddings.word_embeddings.weight</c>)
/// read alike.
/// </summary>
/// <remarks>Thread-safe for reading.</remarks>
internal sealed class RenamedTensors : ITensorSource
{
    private readonly ITensorSource _source;
    private readonly Dictionary<string, string> _storedNames = new(StringComparer.Ordinal);

    /// <summary>Makes a view of other tensors with a prefix taken off the names that have it; it does not own them.</summary>
    /// <param name="source">The tensors.</param>
    /// <param name="prefix">What to take off, with its dot: <c>roberta.</c></param>
    /// <exception cref="InvalidDataException">A name exists both with and without the prefix.</exception>
    public RenamedTensors(ITensorSource source, string prefix)
        : this(source, Without(prefix))
    {
    }

    /// <summary>Makes a view of other tensors; it does not own them.</summary>
    /// <param name="source">The tensors.</param>
    /// <param name="nameOf">The name of a stored one.</param>
    /// <exception cref="InvalidDataException">Two tensors get one name.</exception>
    public RenamedTensors(ITensorSource source, Func<string, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(nameOf);
        _source = source;
        var names = new List<string>(source.Names.Count);
        foreach (string stored in source.Names)
        {
            string name = nameOf(stored);
            if (!_storedNames.TryAdd(name, stored))
                throw new InvalidDataException(
                    $"{source.Description} has both '{_storedNames[name].Short()}' and '{stored.Short()}'; "
                        + "only one of the two can be meant.");
            names.Add(name);
        }
        Names = names;
    }

    /// <inheritdoc/>
    public string Description => _source.Description;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names { get; }

    /// <inheritdoc/>
    public bool Contains(string name) => _storedNames.ContainsKey(name);

    /// <inheritdoc/>
    public ReadOnlySpan<long> Shape(string name) => _source.Shape(Stored(name));

    /// <inheritdoc/>
    public TensorDataType DataType(string name) => _source.DataType(Stored(name));

    /// <inheritdoc/>
    public void CopyTo(string name, Span<byte> destination) => _source.CopyTo(Stored(name), destination);

    /// <inheritdoc/>
    public void CopyTo(string name, long offset, Span<byte> destination) => _source.CopyTo(Stored(name), offset, destination);

    private static Func<string, string> Without(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return stored => stored.StartsWith(prefix, StringComparison.Ordinal) ? stored[prefix.Length..] : stored;
    }

    private string Stored(string name) => _storedNames.TryGetValue(name, out string? stored) ? stored : throw this.Missing(name);
}

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
