using System.Collections;
using System.Runtime.CompilerServices;

namespace TorchSharp.Utils;

/// <summary>The elements of a CPU tensor in place, in row-major order of its shape whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : struct
{
    private readonly torch.Tensor _tensor;
    private readonly byte* _data;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    internal TensorAccessor(torch.Tensor tensor, nint data)
    {
        _tensor = tensor;
        _data = (byte*)data;
        _shape = tensor.shape;
        _strides = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.NumberOfElements;
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    public T this[params long[] indices]
    {
        get => At(Offset(indices));
        set => At(Offset(indices)) = value;
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    /// <summary>Copies what lies from <paramref name="tensorIndex"/> on into the array, as much as there is or fits.</summary>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0)
    {
        long count = Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        if (_contiguous && count > 0)
            Contiguous(tensorIndex, count).CopyTo(array.AsSpan(arrayIndex));
        else
            for (long i = 0; i < count; i++)
                array[arrayIndex + i] = At(Offset(tensorIndex + i));
        GC.KeepAlive(_tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0)
    {
        long count = Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        if (_contiguous && count > 0)
            array.AsSpan(arrayIndex, (int)count).CopyTo(Contiguous(tensorIndex, count));
        else
            for (long i = 0; i < count; i++)
                At(Offset(tensorIndex + i)) = array[arrayIndex + i];
        GC.KeepAlive(_tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++)
            yield return Read(i);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
    }

    private T Read(long index) => At(Offset(index));

    private ref T At(long offset)
    {
        // The memory goes with the tensor: reading on after Dispose must throw, not read freed memory.
        _ = _tensor.Handle;
        return ref Unsafe.AsRef<T>(_data + offset * Unsafe.SizeOf<T>());
    }

    private Span<T> Contiguous(long start, long count)
    {
        _ = _tensor.Handle;
        return new Span<T>(_data + start * Unsafe.SizeOf<T>(), checked((int)count));
    }

    private long Offset(long index)
    {
        if (index < 0 || index >= Count)
            throw new IndexOutOfRangeException($"Element {index} of {Count}.");
        if (_contiguous)
            return index;
        long offset = 0;
        for (int dimension = _shape.Length - 1; dimension >= 0; dimension--)
        {
            offset += index % _shape[dimension] * _strides[dimension];
            index /= _shape[dimension];
        }
        return offset;
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1 && _shape.Length != 1)
            return Offset(indices[0]);
        if (indices.Length != _shape.Length)
            throw new ArgumentException($"{indices.Length} indices were given for {_shape.Length} dimensions.");
        long offset = 0;
        for (int dimension = 0; dimension < indices.Length; dimension++)
        {
            if (indices[dimension] < 0 || indices[dimension] >= _shape[dimension])
                throw new IndexOutOfRangeException($"Index {indices[dimension]} of dimension {dimension}, which has {_shape[dimension]}.");
            offset += indices[dimension] * _strides[dimension];
        }
        return offset;
    }
}
