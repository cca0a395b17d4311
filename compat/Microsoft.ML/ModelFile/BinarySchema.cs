using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML;

/// <summary>
/// A schema as a binary data view of no rows: a header of 256 bytes, the annotations (each a deflated block), the table of columns, a tail.
/// </summary>
internal static class BinarySchema
{
    private const int HeaderSize = 0x100;
    private const int MostColumns = 1 << 20;
    private const int LargestAnnotation = 1 << 28;
    private const byte Deflate = 1;
    private const ulong Signature = 0x00425644004C4D43;
    private const ulong Version = 0x0001000100010006;
    private const ulong Tail = 0x434D4C0044564200;

    /// <summary>Writes the visible columns; one whose type has no form in a file is left out.</summary>
    public static void Write(Stream target, DataViewSchema schema)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file, Encoding.UTF8);
        (DataViewSchema.Column Column, ValueCodec Codec)[] columns = schema
            .Where(c => !c.IsHidden)
            .Select(c => (c, ValueCodec.OrNull(c.Type)))
            .Where(c => c.Item2 is not null)
            .ToArray();
        writer.Write(new byte[HeaderSize]);
        long[] annotations = columns.Select(c => WriteAnnotations(writer, c.Column.Annotations)).ToArray();
        long table = file.Position;
        for (int i = 0; i < columns.Length; i++)
        {
            writer.Write(columns[i].Column.Name);
            columns[i].Codec.WriteSelf(writer);
            writer.Write(Deflate);
            writer.Write7BitEncodedInt(1);
            writer.Write((long)HeaderSize);
            writer.Write(annotations[i]);
        }
        long tail = file.Position;
        writer.Write(Tail);

        file.Position = 0;
        writer.Write(Signature);
        writer.Write(Version);
        writer.Write(Version);
        writer.Write(table);
        writer.Write(tail);
        writer.Write(0L);
        writer.Write(columns.Length);
        writer.Flush();
        file.WriteTo(target);
    }

    /// <exception cref="FormatException">The stream holds no such schema, or a damaged one.</exception>
    public static DataViewSchema Read(Stream source)
    {
        using var reader = new BinaryReader(source, Encoding.UTF8, leaveOpen: true);
        try
        {
            return Read(reader);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException or DecoderFallbackException or ArgumentException)
        {
            throw Contracts.Mark(new FormatException("Corrupt schema", e));
        }
    }

    private static DataViewSchema Read(BinaryReader reader)
    {
        Check(reader.BaseStream.Length >= HeaderSize, "it is too short");
        Check(reader.ReadUInt64() == Signature, "the signature");
        reader.ReadUInt64();
        Check(reader.ReadUInt64() <= Version, "the version");
        long table = reader.ReadInt64();
        long tail = reader.ReadInt64();
        long rows = reader.ReadInt64();
        int count = reader.ReadInt32();
        Check(rows >= 0 && count is >= 0 and <= MostColumns, "the number of rows or columns");
        Seek(reader, tail);
        Check(reader.ReadUInt64() == Tail, "the tail");

        Seek(reader, table);
        var builder = new DataViewSchema.Builder();
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString();
            ValueCodec codec = ValueCodec.ReadSelf(reader);
            reader.ReadByte();
            reader.Read7BitEncodedInt();
            reader.ReadInt64();
            long annotations = reader.ReadInt64();
            long next = reader.BaseStream.Position;
            builder.AddColumn(name, codec.Type, annotations == 0 ? null : ReadAnnotations(reader, annotations));
            Seek(reader, next);
        }
        return builder.ToSchema();
    }

    /// <summary>Writes the blocks, then their table; gives the table's place, 0 when there are no annotations.</summary>
    private static long WriteAnnotations(BinaryWriter writer, DataViewSchema.Annotations annotations)
    {
        var blocks = new List<(string Kind, ValueCodec Codec, long Start, int Size)>();
        foreach (DataViewSchema.Column column in annotations.Schema)
        {
            if (ValueCodec.OrNull(column.Type) is not { } codec)
                continue;
            long start = writer.BaseStream.Position;
            using (var deflate = new DeflateStream(writer.BaseStream, CompressionLevel.Optimal, leaveOpen: true))
            using (var block = new BinaryWriter(deflate, Encoding.UTF8))
                codec.WriteValue(block, annotations.GetGetter(column.Index));
            blocks.Add((column.Name, codec, start, (int)(writer.BaseStream.Position - start)));
        }
        if (blocks.Count == 0)
            return 0;
        long table = writer.BaseStream.Position;
        writer.Write7BitEncodedInt(blocks.Count);
        foreach ((string kind, ValueCodec codec, long start, int size) in blocks)
        {
            writer.Write(kind);
            codec.WriteSelf(writer);
            writer.Write(Deflate);
            writer.Write(start);
            writer.Write7BitEncodedInt(size);
        }
        return table;
    }

    private static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader, long table)
    {
        Seek(reader, table);
        int count = reader.Read7BitEncodedInt();
        Check(count is > 0 and <= MostColumns, "the number of annotations");
        var builder = new DataViewSchema.Annotations.Builder();
        for (int i = 0; i < count; i++)
        {
            string kind = reader.ReadString();
            ValueCodec codec = ValueCodec.ReadSelf(reader);
            byte compression = reader.ReadByte();
            long start = reader.ReadInt64();
            int size = reader.Read7BitEncodedInt();
            long next = reader.BaseStream.Position;
            Seek(reader, start);
            Check(size >= 0 && size <= reader.BaseStream.Length - start && compression <= Deflate, "where an annotation lies");
            using var block = new BinaryReader(Unpack(reader.ReadBytes(size), compression == Deflate), Encoding.UTF8);
            codec.ReadAnnotation(block, kind, builder);
            Seek(reader, next);
        }
        return builder.ToAnnotations();
    }

    private static MemoryStream Unpack(byte[] block, bool deflated)
    {
        var packed = new MemoryStream(block);
        if (!deflated)
            return packed;
        var unpacked = new MemoryStream();
        using var inflater = new DeflateStream(packed, CompressionMode.Decompress);
        var buffer = new byte[1 << 14];
        for (int read; (read = inflater.Read(buffer)) > 0;)
        {
            Check(unpacked.Length + read <= LargestAnnotation, "an annotation is too large");
            unpacked.Write(buffer, 0, read);
        }
        unpacked.Position = 0;
        return unpacked;
    }

    private static void Seek(BinaryReader reader, long position)
    {
        Check(position >= 0 && position <= reader.BaseStream.Length, "an offset");
        reader.BaseStream.Position = position;
    }

    private static void Check(bool condition, string what)
    {
        if (!condition)
            throw Contracts.ExceptDecode($"Corrupt schema: {what}");
    }
}
