using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>A model whose tensors are spread over several safetensors files, as an index says.</summary>
/// <remarks>Thread-safe for reading.</remarks>
internal sealed class ShardedTensors : ITensorSource, IDisposable
{
    private readonly Dictionary<string, SafeTensorsFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafeTensorsFile> _fileOfTensor = new(StringComparer.Ordinal);

    private ShardedTensors(string description) => Description = description;

    public string Description { get; }

    public IReadOnlyCollection<string> Names => _fileOfTensor.Keys;

    public static ShardedTensors Open(string indexPath)
    {
        var result = new ShardedTensors(indexPath);
        try
        {
            foreach (var (tensor, file) in ShardIndex.Read(indexPath))
                result.Add(tensor, file);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => _fileOfTensor.ContainsKey(name);

    public ReadOnlySpan<long> Shape(string name) => Find(name).Shape(name);

    public TensorDataType DataType(string name) => Find(name).DataType(name);

    public void CopyTo(string name, Span<byte> destination) => Find(name).CopyTo(name, destination);

    public void CopyTo(string name, long offset, Span<byte> destination) => Find(name).CopyTo(name, offset, destination);

    public void Dispose()
    {
        foreach (SafeTensorsFile file in _files.Values)
            file.Dispose();
    }

    private void Add(string tensor, string fileName)
    {
        if (!_files.TryGetValue(fileName, out SafeTensorsFile? file))
        {
            string path = Path.Combine(Path.GetDirectoryName(Description)!, fileName);
            if (!File.Exists(path))
                throw new FileNotFoundException(
                    $"{Description} names the file '{fileName.Short()}', which does not exist beside it. Copy all shards of the model.",
                    path);
            _files[fileName] = file = SafeTensorsFile.Open(path);
        }
        if (!file.Contains(tensor))
            throw new InvalidDataException(
                $"{Description} places tensor '{tensor.Short()}' in '{fileName.Short()}', which does not hold it. "
                + "Do index and shards belong to the same model?");
        _fileOfTensor[tensor] = file;
    }

    private SafeTensorsFile Find(string name)
        => _fileOfTensor.TryGetValue(name, out SafeTensorsFile? file) ? file : throw this.Missing(name);
}

/// <summary>Reads model.safetensors.index.json, which says what file holds each tensor. The content is not trusted.</summary>
internal static class ShardIndex
{
    // Tensors that are listed twice are named; see Entries.
    private static readonly JsonDocumentOptions _json = new() { MaxDepth = 16 };

    // RoBERTa-large's has a hundred thousand bytes.
    private const int LargestFile = 10_000_000;

    public const string FileName = "model.safetensors.index.json";

    /// <summary>Tensor names with the name of their file, in the order of the index.</summary>
    public static List<(string Tensor, string File)> Read(string path)
    {
        string content = Utf8Text.Decode(RegularFile.ReadAll(path, LargestFile), path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(content, _json);
            JsonElement root = document.RootElement;
            JsonElement[] maps = root.ValueKind != JsonValueKind.Object ? []
                : [.. root.EnumerateObject().Where(p => p.NameEquals("weight_map")).Select(p => p.Value)];
            if (maps is not [{ ValueKind: JsonValueKind.Object } map])
                throw new InvalidDataException($"{path} has no object 'weight_map' (or two), which says what file holds each tensor.");
            return Entries(map, path);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not a valid index of shards: {exception.Message}", exception);
        }
    }

    private static List<(string Tensor, string File)> Entries(JsonElement map, string path)
    {
        var entries = new List<(string, string)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty property in map.EnumerateObject())
        {
            string? file = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
            if (file is null || !IsPlainName(file))
                throw new InvalidDataException(
                    $"{path} places tensor '{property.Name.Short()}' in {property.Value.GetRawText().Short()}; "
                    + "a file name such as \"model-00001-of-00002.safetensors\", without any path, is expected.");
            if (!names.Add(property.Name))
                throw new InvalidDataException($"{path} lists tensor '{property.Name.Short()}' twice.");
            entries.Add((property.Name, file));
        }
        return entries;
    }

    /// <summary>No path, whatever the operating system, no drive, no stream name, no device.</summary>
    private static bool IsPlainName(string file) =>
        file.EndsWith(".safetensors", StringComparison.Ordinal)
        && file.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && file[0] != '.';
}
