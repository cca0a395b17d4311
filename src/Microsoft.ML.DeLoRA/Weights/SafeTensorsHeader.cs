using System.Buffers.Binary;
using System.Text.Json;

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
