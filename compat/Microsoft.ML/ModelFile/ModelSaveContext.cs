using System.Text;

namespace Microsoft.ML;

/// <summary>What a model writes itself into: its own Model.key, sub-models, and plain streams beside it.</summary>
public sealed class ModelSaveContext : IDisposable
{
    internal readonly RepositoryWriter Repository;
    internal readonly string Directory;
    internal readonly BinaryWriter Writer;

    private readonly string _name;
    private readonly MemoryStream _model = new();
    private readonly List<string> _strings = [];
    private readonly Dictionary<string, int> _stringIds = new(StringComparer.Ordinal);
    private VersionInfo? _version;

    internal ModelSaveContext(RepositoryWriter rep, string dir, string name)
    {
        Contracts.CheckValue(rep, nameof(rep));
        Contracts.CheckNonEmpty(name, nameof(name));
        Repository = rep;
        Directory = dir ?? "";
        _name = name;
        Writer = new BinaryWriter(_model, Encoding.UTF8, leaveOpen: true);
    }

    /// <summary>Throws unless nothing of the model's own block is written yet.</summary>
    internal void CheckAtModel() => Contracts.Check(Position == 0, "The model block has begun");

    internal void SetVersionInfo(VersionInfo ver) => _version = ver;

    internal void SaveString(string str)
    {
        Contracts.CheckValue(str, nameof(str));
        if (!_stringIds.TryGetValue(str, out int id))
        {
            _stringIds.Add(str, id = _strings.Count);
            _strings.Add(str);
        }
        Writer.Write(id);
    }

    internal void SaveNonEmptyString(string str)
    {
        Contracts.CheckNonEmpty(str, nameof(str));
        SaveString(str);
    }

    internal void SaveBinaryStream(string name, Action<BinaryWriter> action)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        Contracts.CheckValue(action, nameof(action));
        using Repository.Entry entry = Repository.CreateEntry(Directory, name);
        using var writer = new BinaryWriter(entry.Stream, Encoding.UTF8, leaveOpen: true);
        action(writer);
    }

    internal void SaveTextStream(string name, Action<TextWriter> action)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        Contracts.CheckValue(action, nameof(action));
        using Repository.Entry entry = Repository.CreateEntry(Directory, name);
        using var writer = new StreamWriter(entry.Stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        action(writer);
    }

    internal void SaveModel<T>(T value, string name) where T : class => SaveModel(Repository, value, Under(name));

    /// <summary>Writes nothing for a model that cannot be saved.</summary>
    internal static void SaveModel<T>(RepositoryWriter rep, T value, string path) where T : class
    {
        if (value is not ICanSaveModel model)
            return;
        using var context = new ModelSaveContext(rep, path, ModelLoadContext.ModelStreamName);
        model.Save(context);
        context.Done();
    }

    internal void SaveSubModel(string dir, Action<ModelSaveContext> fn)
    {
        Contracts.CheckNonEmpty(dir, nameof(dir));
        Contracts.CheckValue(fn, nameof(fn));
        using var context = new ModelSaveContext(Repository, Under(dir), ModelLoadContext.ModelStreamName);
        fn(context);
        context.Done();
    }

    /// <summary>Puts the Model.key together; it comes after everything that was saved beside and below it.</summary>
    internal void Done()
    {
        if (_version is not { } version)
            throw Contracts.Except("ModelSignature not specified!");
        Writer.Flush();
        using Repository.Entry entry = Repository.CreateEntry(Directory, _name);
        ModelHeader.Write(entry.Stream, version, _model.GetBuffer().AsSpan(0, (int)_model.Length), _strings);
    }

    public void Dispose() => Writer.Dispose();

    private long Position
    {
        get
        {
            Writer.Flush();
            return _model.Length;
        }
    }

    private string Under(string name) => Directory.Length == 0 ? name : $"{Directory}/{name}";
}
