using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML;

/// <summary>
/// The format of a Model.key, little-endian: 256 bytes of header, the model's own block, a string table, the strings' characters,
/// the loader's assembly name, a tail. Offsets count from the start of the file.
/// </summary>
internal sealed class ModelHeader
{
    public const int Size = 0x100;
    public const int LoaderSignatureSize = 24;

    private const ulong SignatureValue = 0x4C45444F4D004C4D;
    private const ulong TailSignatureValue = 0x4D4C004D4F44454C;
    private const uint VerWrittenCur = 0x00010002;
    private const uint VerWeCanReadBack = 0x00010001;

    public ulong ModelSignature { get; private set; }

    public uint ModelVerWritten { get; private set; }

    public uint ModelVerReadable { get; private set; }

    public string LoaderSignature { get; private set; }

    public string LoaderAssemblyName { get; private set; }

    public string[] Strings { get; private set; }

    /// <summary>Where the model's own block lies in the file.</summary>
    public Range Model { get; private set; }

    public static void Write(Stream stream, VersionInfo version, ReadOnlySpan<byte> model, IReadOnlyList<string> strings)
    {
        long table = strings.Count * sizeof(long);
        byte[] characters = Encoding.Unicode.GetBytes(string.Concat(strings));
        byte[] assemblyName = Encoding.Unicode.GetBytes(version.LoaderAssemblyName);
        long fpTable = Size + model.Length;
        long fpCharacters = fpTable + table;
        long fpAssemblyName = fpCharacters + characters.Length;
        long fpTail = fpAssemblyName + assemblyName.Length;

        Span<byte> header = stackalloc byte[Size];
        header.Clear();
        PutUInt64(header, 0x00, SignatureValue);
        PutUInt32(header, 0x08, VerWrittenCur);
        PutUInt32(header, 0x0C, VerWrittenCur);
        PutInt64(header, 0x10, Size);
        PutInt64(header, 0x18, model.Length);
        if (strings.Count > 0)
        {
            PutInt64(header, 0x20, fpTable);
            PutInt64(header, 0x28, table);
            PutInt64(header, 0x30, fpCharacters);
            PutInt64(header, 0x38, characters.Length);
        }
        PutUInt64(header, 0x40, version.ModelSignature);
        PutUInt32(header, 0x48, version.VerWrittenCur);
        PutUInt32(header, 0x4C, version.VerReadableCur);
        Encoding.Latin1.GetBytes(version.LoaderSignature ?? "", header.Slice(0x50, LoaderSignatureSize));
        Encoding.Latin1.GetBytes(version.LoaderSignatureAlt ?? "", header.Slice(0x68, LoaderSignatureSize));
        PutInt64(header, 0x80, fpTail);
        PutInt64(header, 0x88, fpTail + sizeof(ulong));
        PutInt64(header, 0x90, fpAssemblyName);
        PutUInt32(header, 0x98, (uint)assemblyName.Length);

        stream.Write(header);
        stream.Write(model);
        Span<byte> number = stackalloc byte[sizeof(long)];
        long end = 0;
        foreach (string text in strings)
        {
            end += text.Length * sizeof(char);
            PutInt64(number, 0, end);
            stream.Write(number);
        }
        stream.Write(characters);
        stream.Write(assemblyName);
        PutUInt64(number, 0, TailSignatureValue);
        stream.Write(number);
    }

    /// <exception cref="FormatException">The bytes are no Model.key, or a damaged one.</exception>
    public static ModelHeader Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < Size)
            throw Contracts.ExceptDecode(new FormatException().Message);
        Check(GetUInt64(file, 0x00) == SignatureValue, "Wrong file type");
        Check(GetUInt32(file, 0x0C) <= VerWrittenCur && GetUInt32(file, 0x08) >= VerWeCanReadBack, "Corrupt file header");

        Range model = Part(file, 0x10, 0x18);
        Range table = Part(file, 0x20, 0x28);
        Range characters = Part(file, 0x30, 0x38);
        Range assemblyName = Part(file, GetInt64(file, 0x90), GetUInt32(file, 0x98));
        Range tail = Part(file, GetInt64(file, 0x80), sizeof(ulong));
        Check(model.Start.Value >= Size && file[table].Length % sizeof(long) == 0, "Corrupt file header");
        Check(GetInt64(file, 0x88) == tail.End.Value, "Corrupt file header");
        Check(GetUInt64(file[tail], 0) == TailSignatureValue, "Corrupt model file tail");
        return new ModelHeader
        {
            ModelSignature = GetUInt64(file, 0x40),
            ModelVerWritten = GetUInt32(file, 0x48),
            ModelVerReadable = GetUInt32(file, 0x4C),
            LoaderSignature = Encoding.Latin1.GetString(file.Slice(0x50, LoaderSignatureSize)).TrimEnd('\0'),
            LoaderAssemblyName = Encoding.Unicode.GetString(file[assemblyName]),
            Strings = ReadStrings(file[table], file[characters]),
            Model = model,
        };
    }

    public void CheckVersionInfo(VersionInfo version)
    {
        Check(ModelSignature == version.ModelSignature, "Unknown file type");
        Check(ModelVerReadable <= version.VerWrittenCur && version.VerWeCanReadBack <= ModelVerWritten, "Corrupt file header");
    }

    private static string[] ReadStrings(ReadOnlySpan<byte> table, ReadOnlySpan<byte> characters)
    {
        var strings = new string[table.Length / sizeof(long)];
        long start = 0;
        for (int i = 0; i < strings.Length; i++)
        {
            long end = GetInt64(table, i * sizeof(long));
            Check(start <= end && end <= characters.Length && end % sizeof(char) == 0, "Corrupt string table");
            strings[i] = Encoding.Unicode.GetString(characters[(int)start..(int)end]);
            start = end;
        }
        return strings;
    }

    private static Range Part(ReadOnlySpan<byte> file, int offsetAt, int lengthAt) =>
        Part(file, GetInt64(file, offsetAt), GetInt64(file, lengthAt));

    private static Range Part(ReadOnlySpan<byte> file, long offset, long length)
    {
        Check(offset >= 0 && length >= 0 && offset <= file.Length && length <= file.Length - offset, "Corrupt file header");
        return (int)offset..(int)(offset + length);
    }

    private static void Check(bool condition, string message)
    {
        if (!condition)
            throw Contracts.ExceptDecode(message);
    }

    private static long GetInt64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);

    private static ulong GetUInt64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    private static uint GetUInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void PutInt64(Span<byte> bytes, int offset, long value) =>
        BinaryPrimitives.WriteInt64LittleEndian(bytes[offset..], value);

    private static void PutUInt64(Span<byte> bytes, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[offset..], value);

    private static void PutUInt32(Span<byte> bytes, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], value);
}
