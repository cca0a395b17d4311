namespace Microsoft.ML;

public static class TextLoaderSaverCatalog
{
    public static TextLoader CreateTextLoader(this DataOperationsCatalog catalog, TextLoader.Column[] columns, char separatorChar = '\t',
        bool hasHeader = false, IMultiStreamSource dataSample = null, bool allowQuoting = false, bool trimWhitespace = false, bool allowSparse = false) =>
        new(catalog.GetEnvironment(), MakeOptions(columns, separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse), dataSample);

    public static TextLoader CreateTextLoader(this DataOperationsCatalog catalog, TextLoader.Options options, IMultiStreamSource dataSample = null) =>
        new(catalog.GetEnvironment(), options, dataSample);

    public static TextLoader CreateTextLoader<TInput>(this DataOperationsCatalog catalog, char separatorChar = '\t', bool hasHeader = false,
        IMultiStreamSource dataSample = null, bool allowQuoting = false, bool trimWhitespace = false, bool allowSparse = false) =>
        new(catalog.GetEnvironment(), MakeOptions(ColumnsOf(typeof(TInput)), separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse), dataSample);

    public static TextLoader CreateTextLoader<TInput>(this DataOperationsCatalog catalog, TextLoader.Options options, IMultiStreamSource dataSample = null)
    {
        Contracts.CheckValue(options, nameof(options));
        return new(catalog.GetEnvironment(), options.With(ColumnsOf(typeof(TInput))), dataSample);
    }

    public static IDataView LoadFromTextFile(this DataOperationsCatalog catalog, string path, TextLoader.Column[] columns, char separatorChar = '\t',
        bool hasHeader = false, bool allowQuoting = false, bool trimWhitespace = false, bool allowSparse = false) =>
        LoadFromTextFile(catalog, path, MakeOptions(columns, separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse));

    public static IDataView LoadFromTextFile(this DataOperationsCatalog catalog, string path, TextLoader.Options options = null)
    {
        CheckPath(path);
        var source = new MultiFileSource(path);
        return catalog.CreateTextLoader(options ?? new TextLoader.Options(), source).Load(source);
    }

    public static IDataView LoadFromTextFile<TInput>(this DataOperationsCatalog catalog, string path, char separatorChar = '\t',
        bool hasHeader = false, bool allowQuoting = false, bool trimWhitespace = false, bool allowSparse = false)
    {
        CheckPath(path);
        return catalog.CreateTextLoader<TInput>(separatorChar, hasHeader, null, allowQuoting, trimWhitespace, allowSparse).Load(new MultiFileSource(path));
    }

    public static IDataView LoadFromTextFile<TInput>(this DataOperationsCatalog catalog, string path, TextLoader.Options options)
    {
        CheckPath(path);
        return catalog.CreateTextLoader<TInput>(options).Load(new MultiFileSource(path));
    }

    private static TextLoader.Options MakeOptions(TextLoader.Column[] columns, char separator, bool hasHeader, bool allowQuoting, bool trimWhitespace, bool allowSparse) =>
        new()
        {
            Columns = columns,
            Separators = [separator],
            HasHeader = hasHeader,
            AllowQuoting = allowQuoting,
            TrimWhitespace = trimWhitespace,
            AllowSparse = allowSparse,
        };

    private static TextLoader.Column[] ColumnsOf(Type inputType)
    {
        HashSet<string> readable = RowMember.Of(inputType, SchemaDefinition.Direction.Read).Select(m => m.Name).ToHashSet();
        RowMember[] members = RowMember.Of(inputType, SchemaDefinition.Direction.Write).Where(m => readable.Contains(m.Name)).ToArray();
        Contracts.CheckParam(members.Length > 0, "TInput", $"Should define at least one public, readable and writable field or property in {inputType.Name}.");
        return members.Select(ColumnOf).ToArray();
    }

    private static TextLoader.Column ColumnOf(RowMember member)
    {
        var load = member.Attribute<LoadColumnAttribute>() ?? throw Contracts.Except(
            $"{(member.IsField ? "Field" : "Property")} '{member.Name}' is missing the {nameof(LoadColumnAttribute)} attribute");
        Contracts.Check(member.ItemType is not null, $"Could not determine an IDataView type for member {member.Name}");
        DataKind kind = Enum.GetValues<DataKind>().First(k => k.Primitive() == member.ItemType);
        TextLoader.Range[] sources = load.Sources
            .Select(r => new TextLoader.Range { Min = r.Min, Max = r.Max, AutoEnd = r.AutoEnd, VariableEnd = r.VariableEnd, ForceVector = member.IsVector })
            .ToArray();
        KeyCount keys = member.Attribute<KeyTypeAttribute>() is { } key
            ? new KeyCount(key.Count ?? throw new NotSupportedException("Using KeyType without the Count parameter is not supported"))
            : null;
        return new TextLoader.Column(member.Attribute<ColumnNameAttribute>()?.Name ?? member.Name, kind, sources, keys);
    }

    private static void CheckPath(string path)
    {
        Contracts.CheckParam(!string.IsNullOrEmpty(path), nameof(path), "path cannot be null or empty");
        IReadOnlyList<string> files = MultiFileSource.Expand(path);
        Contracts.CheckParam(files.Count > 0 && files.All(Path.Exists), nameof(path), $"File or directory does not exist at path: {path}");
    }
}
