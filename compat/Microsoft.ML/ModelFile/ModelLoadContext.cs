using System.Text;

namespace Microsoft.ML;

/// <summary>What a model reads itself from; see <see cref="ModelSaveContext"/>.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    public const string ModelStreamName = "Model.key";

    private const int DeepestModel = 100;

    public readonly RepositoryReader Repository;
    public readonly string Directory;
    public readonly BinaryReader Reader;
    public readonly string[] Strings;
    public readonly string LoaderAssemblyName;

    internal readonly ModelHeader Header;

    internal ModelLoadContext(RepositoryReader rep, Repository.Entry ent, string dir)
    {
        Contracts.CheckValue(rep, nameof(rep));
        Contracts.CheckValue(ent, nameof(ent));
        Repository = rep;
        Directory = dir ?? "";
        if (ent.Stream.Length > Array.MaxLength)
            throw Contracts.ExceptDecode($"Corrupt model file: '{ent.Path}' is larger than 2 GB");
        var file = new byte[ent.Stream.Length];
        ent.Stream.ReadExactly(file);
        Header = ModelHeader.Read(file);
        Strings = Header.Strings;
        LoaderAssemblyName = Header.LoaderAssemblyName;
        int start = Header.Model.Start.Value;
        Reader = new BinaryReader(new MemoryStream(file, start, Header.Model.End.Value - start, writable: false), Encoding.UTF8);
    }

    /// <summary>Throws unless nothing of the model's own block is read yet.</summary>
    public void CheckAtModel() => Decode(Reader.BaseStream.Position == 0);

    public void CheckAtModel(VersionInfo ver)
    {
        CheckAtModel();
        CheckVersionInfo(ver);
    }

    public void CheckVersionInfo(VersionInfo ver) => Header.CheckVersionInfo(ver);

    public string LoadString()
    {
        int id = Reader.ReadInt32();
        Decode(0 <= id && id < Strings.Length);
        return Strings[id];
    }

    public string LoadNonEmptyString()
    {
        string text = LoadString();
        Decode(text.Length > 0);
        return text;
    }

    public bool TryLoadBinaryStream(string name, Action<BinaryReader> action)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        Contracts.CheckValue(action, nameof(action));
        using Repository.Entry entry = Repository.OpenEntryOrNull(Directory, name);
        if (entry is null)
            return false;
        using var reader = new BinaryReader(entry.Stream, Encoding.UTF8, leaveOpen: true);
        action(reader);
        return true;
    }

    public bool TryProcessSubModel(string dir, Action<ModelLoadContext> action)
    {
        Contracts.CheckNonEmpty(dir, nameof(dir));
        Contracts.CheckValue(action, nameof(action));
        string path = Under(dir);
        using Repository.Entry entry = Repository.OpenEntryOrNull(path, ModelStreamName);
        if (entry is null)
            return false;
        using var context = new ModelLoadContext(Repository, entry, path);
        action(context);
        return true;
    }

    public void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, string name) where TRes : class =>
        LoadModel<TRes, TSig>(env, out result, Repository, Under(name));

    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep, string dir) where TRes : class
    {
        if (!LoadModelOrNull<TRes, TSig>(env, out result, rep, dir))
            throw Contracts.ExceptDecode("Corrupt model file");
    }

    /// <summary>False when there is no such model; a model that cannot be loaded throws.</summary>
    public static bool LoadModelOrNull<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep,
        string dir) where TRes : class
    {
        Contracts.CheckValue(env, nameof(env));
        Contracts.CheckValue(rep, nameof(rep));
        result = null;
        if (dir?.Count(c => c == '/') > DeepestModel)
            throw Contracts.ExceptDecode("Corrupt model file: its models are nested too deep");
        using Repository.Entry entry = rep.OpenEntryOrNull(dir, ModelStreamName);
        if (entry is null)
            return false;
        using var context = new ModelLoadContext(rep, entry, dir);
        env.ComponentCatalog.RegisterLoaderAssembly(context.LoaderAssemblyName);
        if (!env.ComponentCatalog.TryCreateInstance<TRes, TSig>(env, context, out result))
            throw Contracts.ExceptDecode($"Couldn't load model: '{dir}'");
        return true;
    }

    public void Dispose() => Reader.Dispose();

    private static void Decode(bool condition)
    {
        if (!condition)
            throw Contracts.ExceptDecode(new FormatException().Message);
    }

    private string Under(string name) => Directory.Length == 0 ? name : $"{Directory}/{name}";
}
