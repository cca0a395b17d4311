using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML;

/// <summary>How values of one column type are written in a file, and the name of that form.</summary>
internal abstract class ValueCodec(string name, DataViewType type)
{
    private const string Key = "Key2";
    private const string Vector = "VBuffer";

    private static readonly Dictionary<string, ValueCodec> Simple = new ValueCodec[]
    {
        new TextCodec(),
        new BooleanCodec(),
        new RawCodec<sbyte>(NumberDataViewType.SByte),
        new RawCodec<byte>(NumberDataViewType.Byte),
        new RawCodec<short>(NumberDataViewType.Int16),
        new RawCodec<ushort>(NumberDataViewType.UInt16),
        new RawCodec<int>(NumberDataViewType.Int32),
        new RawCodec<uint>(NumberDataViewType.UInt32),
        new RawCodec<long>(NumberDataViewType.Int64),
        new RawCodec<ulong>(NumberDataViewType.UInt64),
        new RawCodec<float>(NumberDataViewType.Single),
        new RawCodec<double>(NumberDataViewType.Double),
        new RawCodec<DateTime>(DateTimeDataViewType.Instance),
        new RawCodec<TimeSpan>(TimeSpanDataViewType.Instance),
    }.ToDictionary(codec => codec.Name);

    public string Name => name;

    public DataViewType Type => type;

    /// <summary>What a reader needs beside the name to make the codec.</summary>
    public virtual byte[] Parameters => [];

    /// <summary>Null for a type that has no form in a file.</summary>
    public static ValueCodec OrNull(DataViewType type) => type switch
    {
        KeyDataViewType key => (ValueCodec)Getters.Create(typeof(KeyCodec<>), [key.RawType], key),
        VectorDataViewType vector when OrNull(vector.ItemType) is { } item =>
            (ValueCodec)Getters.Create(typeof(VectorCodec<>), [vector.ItemType.RawType], vector, item),
        _ => Simple.Values.FirstOrDefault(codec => codec.Type.Equals(type)),
    };

    /// <summary>The codec that a file names.</summary>
    /// <exception cref="FormatException">It is not known, or damaged.</exception>
    public static ValueCodec ReadSelf(BinaryReader reader, int depth = 0)
    {
        if (depth > 2)
            throw Contracts.ExceptDecode("Corrupt schema: nested types");
        string name = reader.ReadString();
        int length = reader.Read7BitEncodedInt();
        byte[] parameters = reader.ReadBytes(Math.Clamp(length, 0, 1 << 16));
        if (parameters.Length != length)
            throw Contracts.ExceptDecode($"Corrupt schema: parameters of '{name}'");
        if (Simple.TryGetValue(name, out ValueCodec simple) && length == 0)
            return simple;
        using var inner = new BinaryReader(new MemoryStream(parameters), Encoding.UTF8);
        ValueCodec codec = name switch
        {
            Key => OrNull(ReadKeyType(inner, depth)),
            Vector => OrNull(ReadVectorType(inner, depth)),
            _ => null,
        };
        return codec ?? throw Contracts.ExceptDecode($"Unknown type of column '{name}'");
    }

    public void WriteSelf(BinaryWriter writer)
    {
        writer.Write(Name);
        writer.Write7BitEncodedInt(Parameters.Length);
        writer.Write(Parameters);
    }

    /// <summary>Writes the one value that a getter (of the type's raw type) gives.</summary>
    public abstract void WriteValue(BinaryWriter writer, Delegate getter);

    /// <summary>Adds an annotation of one value that is read.</summary>
    public abstract void ReadAnnotation(BinaryReader reader, string kind, DataViewSchema.Annotations.Builder target);

    private static KeyDataViewType ReadKeyType(BinaryReader reader, int depth)
    {
        Type raw = ReadSelf(reader, depth + 1).Type.RawType;
        ulong count = reader.ReadUInt64();
        return KeyDataViewType.IsValidDataType(raw) && count > 0
            ? new KeyDataViewType(raw, count)
            : throw Contracts.ExceptDecode("Corrupt schema: a key type");
    }

    private static VectorDataViewType ReadVectorType(BinaryReader reader, int depth)
    {
        var item = ReadSelf(reader, depth + 1).Type as PrimitiveDataViewType;
        int rank = reader.ReadInt32();
        if (item is null || rank is < 0 or > 16)
            throw Contracts.ExceptDecode("Corrupt schema: a vector type");
        int[] dimensions = Enumerable.Range(0, rank).Select(_ => reader.ReadInt32()).ToArray();
        long size = dimensions.Aggregate(1L, (product, d) => Math.Min(product * d, 1L << 32));
        if (dimensions.Any(d => d < 0) || size > int.MaxValue)
            throw Contracts.ExceptDecode("Corrupt schema: the size of a vector");
        return rank == 0 ? new VectorDataViewType(item) : new VectorDataViewType(item, dimensions);
    }

    private sealed class KeyCodec<T>(KeyDataViewType key) : RawCodec<T>(key, Key) where T : unmanaged
    {
        public override byte[] Parameters => Bytes(writer =>
        {
            OrNull(DataViewTypeExtensions.PrimitiveOrNull(key.RawType)).WriteSelf(writer);
            writer.Write(key.Count);
        });
    }

    private sealed class VectorCodec<T>(VectorDataViewType vector, ValueCodec item) : ValueCodec<VBuffer<T>>(Vector, vector)
    {
        private const int Dense = -1;

        public override byte[] Parameters => Bytes(writer =>
        {
            item.WriteSelf(writer);
            int[] dimensions = vector.Dimensions is [0] ? [] : [.. vector.Dimensions];
            writer.Write(dimensions.Length);
            foreach (int dimension in dimensions)
                writer.Write(dimension);
        });

        public override void Write(BinaryWriter writer, ReadOnlySpan<VBuffer<T>> values)
        {
            writer.Write(values.Length);
            foreach (VBuffer<T> value in values)
                writer.Write(value.Length);
            foreach (VBuffer<T> _ in values)
                writer.Write(Dense);
            writer.Write(0);
            var all = new List<T>();
            foreach (VBuffer<T> value in values)
                all.AddRange(value.DenseValues());
            ((ValueCodec<T>)item).Write(writer, CollectionsMarshal.AsSpan(all));
        }

        public override VBuffer<T>[] Read(BinaryReader reader, int count)
        {
            if (reader.ReadInt32() != count)
                throw Contracts.ExceptDecode("Corrupt vectors: their number");
            var lengths = RawCodec<int>.ReadRaw(reader, count);
            var stored = RawCodec<int>.ReadRaw(reader, count);
            if (stored.Any(s => s != Dense) || reader.ReadInt32() != 0)
                throw Contracts.ExceptDecode("Sparse vectors in a schema are not supported");
            if (lengths.Any(length => length < 0 || (vector.IsKnownSize && length != vector.Size)))
                throw Contracts.ExceptDecode("Corrupt vectors: a length");
            return lengths.Select(length => new VBuffer<T>(length, ((ValueCodec<T>)item).Read(reader, length))).ToArray();
        }
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            write(writer);
        return stream.ToArray();
    }
}

/// <summary>See <see cref="ValueCodec"/>.</summary>
internal abstract class ValueCodec<T>(string name, DataViewType type) : ValueCodec(name, type)
{
    public abstract void Write(BinaryWriter writer, ReadOnlySpan<T> values);

    /// <exception cref="FormatException">Fewer bytes are there than the values need.</exception>
    public abstract T[] Read(BinaryReader reader, int count);

    public sealed override void WriteValue(BinaryWriter writer, Delegate getter)
    {
        T value = default;
        ((ValueGetter<T>)getter)(ref value);
        Write(writer, [value]);
    }

    public sealed override void ReadAnnotation(BinaryReader reader, string kind, DataViewSchema.Annotations.Builder target)
    {
        T value = Read(reader, 1)[0];
        target.Add(kind, Type, (ref T destination) => destination = value);
    }
}
