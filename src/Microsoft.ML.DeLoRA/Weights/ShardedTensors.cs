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
                throw new FileNotFoundException($"{Description} names the file '{fileName.Short()}', which does not exist beside it. Copy all shards of the model.", path);
            _files[fileName] = file = SafeTensorsFile.Open(path);
        }
        if (!file.Contains(tensor))
            throw new InvalidDataException($"{Description} places tensor '{tensor.Short()}' in '{fileName.Short()}', which does not hold it. Do index and shards belong to the same model?");
        _fileOfTensor[tensor] = file;
    }

    private SafeTensorsFile Find(string name) => _fileOfTensor.TryGetValue(name, out SafeTensorsFile? file) ? file : throw this.Missing(name);
}
