namespace Microsoft.ML.Data;

/// <summary>Reads text files as views, lazily.</summary>
public sealed partial class TextLoader : IDataLoader<IMultiStreamSource>
{
    private const int SampleLines = 100;

    private readonly IHost _host;
    private readonly Options _options;
    private readonly BoundTextColumn[] _columns;
    private readonly DataViewSchema _schema;

    internal TextLoader(IHostEnvironment env, Options options, IMultiStreamSource dataSample)
    {
        Contracts.CheckValue(options, nameof(options));
        options.Check();
        _options = options;
        _host = env.Register(nameof(TextLoader));
        Column[] columns = options.Columns is { Length: > 0 } given
            ? given
            : [new Column("Label", DataKind.Single, 0), new Column("Features", DataKind.Single, [new Range(1, null)])];
        _columns = columns.Select(c => BoundTextColumn.Bind(c, () => FieldCount(dataSample))).ToArray();
        if (columns.Select(c => c.Name).Distinct().Count() < columns.Length)
        {
            using IChannel channel = _host.Start("Binding");
            channel.Info(MessageSensitivity.None, "Duplicate name(s) specified - later columns will hide earlier ones");
        }
        _schema = MakeSchema(dataSample is not null && options.HasHeader ? ReadHeader(dataSample) : null);
    }

    public DataViewSchema GetOutputSchema() => _schema;

    public IDataView Load(IMultiStreamSource source)
    {
        Contracts.CheckValue(source, nameof(source));
        return new TextDataView(_host, _options, _columns, _schema, source);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) =>
        throw new NotSupportedException("This stand-in for Microsoft.ML does not save loaders; save the model with the schema instead.");

    private int FieldCount(IMultiStreamSource dataSample)
    {
        if (dataSample is null)
            throw Contracts.ExceptParam(nameof(dataSample), "A range to the end of the line needs a sample of the data.");
        var splitter = new FieldSplitter(_options);
        return TextLine.Read(dataSample, _options)
            .Take(SampleLines)
            .Select(line => splitter.Split(line.Text).Count)
            .DefaultIfEmpty(0)
            .Max();
    }

    private List<TextField> ReadHeader(IMultiStreamSource dataSample)
    {
        string header = TextLine.ReadHeader(dataSample);
        return header is null ? null : new FieldSplitter(_options).Split(header);
    }

    private DataViewSchema MakeSchema(List<TextField> header)
    {
        var builder = new DataViewSchema.Builder();
        foreach (BoundTextColumn column in _columns)
            builder.AddColumn(column.Name, column.Type, column.SlotNames(header));
        return builder.ToSchema();
    }
}
