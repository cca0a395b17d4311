using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>
/// The header of a safetensors file, read and checked: 8 bytes with its length, then a JSON object with type, shape and
/// place of every tensor. The tensors must cover the data behind it exactly, without gap or overlap. Nothing in it is trusted.
/// </summary>
internal sealed class SafeTensorsHeader
{
    /// <summary>The bytes before the JSON text, which hold its length.</summary>
    public const int PrefixLength = 8;

    /// <summary>The limit that the safetensors library sets, too.</summary>
    private const int LongestText = 100_000_000;

    private SafeTensorsHeader(IReadOnlyList<TensorEntry> tensors, IReadOnlyDictionary<string, string> metadata) =>
        (Tensors, Metadata) = (tensors, metadata);

    /// <summary>The tensors in the order of the header.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The length of the JSON text, from the first bytes of a file of <paramref name="fileLength"/> bytes.</summary>
    public static int TextLength(ReadOnlySpan<byte> prefix, long fileLength, string source)
    {
        if (fileLength < PrefixLength || prefix.Length < PrefixLength)
            throw Invalid(source, $"it has {fileLength} bytes, fewer than the {PrefixLength} of the header's length.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestText)
            throw Invalid(source, $"its header claims {length:N0} bytes; at most {LongestText:N0} are allowed.");
        if ((long)length > fileLength - PrefixLength)
            throw Invalid(source, $"its header claims {length:N0} bytes, but only {fileLength - PrefixLength:N0} follow.");
        return (int)length;
    }

    /// <summary>Reads the JSON text; <paramref name="dataLength"/> bytes of data follow it.</summary>
    public static SafeTensorsHeader Parse(ReadOnlySpan<byte> text, long dataLength, string source)
    {
        try
        {
            var (tensors, metadata) = SafeTensorsHeaderReader.Read(text);
            SafeTensorsLayout.Check(tensors, dataLength);
            return new SafeTensorsHeader(tensors, metadata);
        }
        catch (FormatException exception)
        {
            throw Invalid(source, exception.Message, exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name that is no Unicode text.
            throw Invalid(source, $"its header is not the JSON text that is expected: {exception.Message}", exception);
        }
    }

    private static InvalidDataException Invalid(string source, string fault, Exception? inner = null) =>
        new($"{source} is not a valid safetensors file: {fault} It may be damaged or only partly copied; fetch it again.", inner);
}

/// <summary>
/// One tensor of a safetensors header; its bytes are [<paramref name="Begin"/>, <paramref name="End"/>) of the data behind the header.
/// </summary>
internal sealed record TensorEntry(string Name, TensorDataType DataType, long[] Shape, long Begin, long End)
{
    public long ByteCount => End - Begin;
}

/// <summary>
/// Reads the JSON text of a safetensors header. Throws <see cref="FormatException"/> or <see cref="JsonException"/> with the fault.
/// </summary>
internal static class SafeTensorsHeaderReader
{
    /// <summary>The one entry that is no tensor.</summary>
    public const string MetadataName = "__metadata__";

    private const int MostDimensions = 64;

    // RoBERTa-large has four hundred tensors; a header full of names would take ten times its size in memory.
    private const int MostNames = 100_000;

    public static (List<TensorEntry> Tensors, Dictionary<string, string> Metadata) Read(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 8 });
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "the header");
        var tensors = new List<TensorEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref reader, names, "the header") is { } name)
        {
            if (name == MetadataName)
                ReadMetadata(ref reader, metadata);
            else
                tensors.Add(ReadTensor(ref reader, name));
        }
        if (reader.Read())
            throw new FormatException("its header goes on behind the JSON object.");
        return (tensors, metadata);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataName);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref reader, names, MetadataName) is { } name)
        {
            Expect(ref reader, JsonTokenType.String, $"{MetadataName} '{name.Short()}'");
            metadata[name] = reader.GetString()!;
        }
    }

    private static TensorEntry ReadTensor(ref Utf8JsonReader reader, string tensor)
    {
        Expect(ref reader, JsonTokenType.StartObject, $"tensor '{tensor.Short()}'");
        TensorDataType? dataType = null;
        long[]? shape = null, offsets = null;
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref reader, names, $"tensor '{tensor.Short()}'") is { } name)
        {
            switch (name)
            {
                case "dtype":
                    dataType = ReadDataType(ref reader, tensor);
                    break;
                case "shape":
                    shape = ReadNumbers(ref reader, tensor, name);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref reader, tensor, name);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (dataType is null || shape is null || offsets is not { Length: 2 })
            throw new FormatException($"tensor '{tensor.Short()}' needs dtype, shape and two data_offsets.");
        return new TensorEntry(tensor, dataType.Value, shape, offsets[0], offsets[1]);
    }

    private static TensorDataType ReadDataType(ref Utf8JsonReader reader, string tensor)
    {
        Expect(ref reader, JsonTokenType.String, $"the dtype of tensor '{tensor.Short()}'");
        string name = reader.GetString()!;
        return TensorDataTypes.TryParse(name, out TensorDataType type)
            ? type
            : throw new FormatException($"tensor '{tensor.Short()}' has dtype '{name.Short()}'; known are {TensorDataTypes.AllNames}.");
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string tensor, string property)
    {
        Expect(ref reader, JsonTokenType.StartArray, $"{property} of tensor '{tensor.Short()}'");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw new FormatException($"{property} of tensor '{tensor.Short()}' holds something else than whole numbers from 0 on.");
            numbers.Add(number);
            if (numbers.Count > MostDimensions)
                throw new FormatException($"{property} of tensor '{tensor.Short()}' has more than {MostDimensions} entries.");
        }
        return [.. numbers];
    }

    /// <summary>Moves to the value of the next property and gives its name, or null at the object's end.</summary>
    private static string? NextProperty(ref Utf8JsonReader reader, HashSet<string> seen, string place)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
            return null;
        string name = reader.GetString()!;
        if (!seen.Add(name))
            throw new FormatException($"{place} lists '{name.Short()}' twice.");
        if (seen.Count > MostNames)
            throw new FormatException($"{place} lists more than {MostNames:N0} names.");
        reader.Read();
        return name;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType expected, string place)
    {
        if (reader.TokenType != expected)
            throw new FormatException($"{place} is {reader.TokenType} where {expected} is expected.");
    }
}

/// <summary>
/// Checks that the tensors of a header and the data behind it fit each other. Throws <see cref="FormatException"/> with the fault.
/// </summary>
internal static class SafeTensorsLayout
{
    public static void Check(IReadOnlyList<TensorEntry> tensors, long dataLength)
    {
        long covered = 0;
        foreach (TensorEntry tensor in tensors.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            string place = $"tensor '{tensor.Name.Short()}' lies at [{tensor.Begin}, {tensor.End})";
            if (tensor.End < tensor.Begin)
                throw new FormatException($"{place}, which ends before it begins.");
            if (tensor.End > dataLength)
                throw new FormatException($"{place}, but there are only {dataLength} bytes of data.");
            if (tensor.Begin < covered)
                throw new FormatException($"{place}, which overlaps the tensor that ends at {covered}.");
            if (tensor.Begin > covered)
                throw new FormatException($"{place}, which leaves a gap behind the tensor that ends at {covered}.");
            CheckSize(tensor);
            covered = tensor.End;
        }
        if (covered != dataLength)
            throw new FormatException($"its tensors end at {covered}, but there are {dataLength} bytes of data.");
    }

    private static void CheckSize(TensorEntry tensor)
    {
        string shape = Shapes.Format(tensor.Shape);
        long size;
        try
        {
            size = Shapes.ByteCount(tensor.Shape, tensor.DataType);
        }
        catch (OverflowException exception)
        {
            throw new FormatException($"tensor '{tensor.Name.Short()}' has the impossible shape {shape}.", exception);
        }
        if (size != tensor.ByteCount)
            throw new FormatException(
                $"tensor '{tensor.Name.Short()}' of {tensor.DataType.FileName()} {shape} needs {size} bytes, but has {tensor.ByteCount}.");
    }
}
