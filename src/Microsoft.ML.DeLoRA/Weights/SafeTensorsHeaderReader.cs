using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>Reads the JSON text of a safetensors header. Throws <see cref="FormatException"/> or <see cref="JsonException"/> with the fault.</summary>
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
