using System.Runtime.InteropServices;

namespace Microsoft.ML;

/// <summary>Values as they lie in memory, one after the other.</summary>
internal class RawCodec<T>(DataViewType type, string name = null) : ValueCodec<T>(name ?? typeof(T).Name, type) where T : unmanaged
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<T> values) => writer.Write(MemoryMarshal.AsBytes(values));

    public override T[] Read(BinaryReader reader, int count) => ReadRaw(reader, count);

    public static unsafe T[] ReadRaw(BinaryReader reader, int count)
    {
        Available.Check(reader, (long)count * sizeof(T));
        var values = new T[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}

/// <summary>One bit a value, the first in bit 0.</summary>
internal sealed class BooleanCodec() : ValueCodec<bool>("Boolean", BooleanDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<bool> values)
    {
        var bytes = new byte[(values.Length + 7) / 8];
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i])
                bytes[i / 8] |= (byte)(1 << (i % 8));
        }
        writer.Write(bytes);
    }

    public override bool[] Read(BinaryReader reader, int count)
    {
        byte[] bytes = RawCodec<byte>.ReadRaw(reader, (int)(((long)count + 7) / 8));
        return Enumerable.Range(0, count).Select(i => (bytes[i / 8] >> (i % 8) & 1) != 0).ToArray();
    }
}

/// <summary>The number of texts, where each ends (in characters), all characters as one string.</summary>
internal sealed class TextCodec() : ValueCodec<ReadOnlyMemory<char>>("TextSpan", TextDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<ReadOnlyMemory<char>> values)
    {
        writer.Write(values.Length);
        int end = 0;
        foreach (ReadOnlyMemory<char> text in values)
            writer.Write(end += text.Length);
        writer.Write(string.Concat(values.ToArray()));
    }

    public override ReadOnlyMemory<char>[] Read(BinaryReader reader, int count)
    {
        if (reader.ReadInt32() != count)
            throw Contracts.ExceptDecode("Corrupt texts: their number");
        int[] ends = RawCodec<int>.ReadRaw(reader, count);
        string all = reader.ReadString();
        var texts = new ReadOnlyMemory<char>[count];
        for (int i = 0, start = 0; i < count; start = ends[i++])
        {
            if (ends[i] < start || ends[i] > all.Length)
                throw Contracts.ExceptDecode("Corrupt texts: where one ends");
            texts[i] = all.AsMemory(start, ends[i] - start);
        }
        return texts;
    }
}

internal static class Available
{
    /// <summary>Before memory is taken for it: throws unless so many bytes are left.</summary>
    public static void Check(BinaryReader reader, long bytes)
    {
        if (bytes < 0 || bytes > reader.BaseStream.Length - reader.BaseStream.Position)
            throw Contracts.ExceptDecode("Corrupt model file: it ends before its values do");
    }
}
