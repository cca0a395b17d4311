using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>
/// The checksum that a safetensors file has over itself, among its metadata: over these, and over name, type, shape and values of each
/// tensor.
/// </summary>
internal sealed class SafeTensorsChecksum : IDisposable
{
    /// <summary>The checksum's own name among the metadata.</summary>
    public const string Key = "crc32c";

    private readonly ChecksumStream _sum = new(Stream.Null);

    /// <summary>Begins with the metadata.</summary>
    public SafeTensorsChecksum(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        foreach ((string key, string value) in metadata.Where(m => m.Key != Key).OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            Append(key);
            Append(value);
        }
    }

    /// <summary>Goes on with a tensor; the caller keeps to the order of their names.</summary>
    public void Append(string name, TensorDataType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        Append(name);
        Append(type.FileName());
        Append(Shapes.Format(shape));
        write(_sum);
    }

    /// <summary>The checksum so far.</summary>
    public override string ToString() => _sum.Checksum.ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Throws unless a file fits the checksum that it has.</summary>
    /// <exception cref="InvalidDataException">It does not, or has none.</exception>
    public static void Require(SafeTensorsFile file)
    {
        string expected = file.Metadata.GetValueOrDefault(Key) ?? throw new InvalidDataException($"'{file.Description}' has no checksum.");
        using var checksum = new SafeTensorsChecksum(file.Metadata);
        foreach (string name in file.Names.Order(StringComparer.Ordinal))
            checksum.Append(name, file.DataType(name), file.Shape(name), stream => TensorChunks.Read(file, name, stream.Write));
        if (checksum.ToString() != expected)
            throw new InvalidDataException($"'{file.Description}' does not fit its checksum: it was damaged or changed.");
    }

    public void Dispose() => _sum.Dispose();

    // Lengths keep "ab" + "c" and "a" + "bc" apart.
    private void Append(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        _sum.Write(BitConverter.GetBytes(bytes.Length));
        _sum.Write(bytes);
    }
}
