using Microsoft.ML;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnSelectingTransformer), null, typeof(SignatureLoadModel),
    "Select Columns Transform", ColumnSelectingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Keeps or drops columns.</summary>
public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string LoaderSignature = "SelectColumnsTransform";
    private static readonly VersionInfo Version = BuiltInModel.Version("SELCOLST", 0x00010001, LoaderSignature);

    private readonly IHost _host;
    private readonly ColumnSelection _selection;

    internal ColumnSelectingTransformer(IHostEnvironment env, ColumnSelection selection)
    {
        _host = env.Register(nameof(ColumnSelectingTransformer));
        _selection = selection;
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return SelectedColumnsView.Select(inputSchema, _selection.Apply(inputSchema));
    }

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new SelectedColumnsView(_host, input, _selection.Apply(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new SelectedColumnsView(_host, new EmptyDataView(_host, inputSchema), _selection.Apply(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(_selection.Keep);
        ctx.Writer.Write(_selection.KeepHidden);
        ctx.Writer.Write(_selection.IgnoreMissing);
        ctx.Writer.Write(_selection.Names.Length);
        foreach (string name in _selection.Names)
            ctx.SaveNonEmptyString(name);
    }

    private static ColumnSelectingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        bool keep = ctx.Reader.ReadBoolean();
        bool keepHidden = ctx.Reader.ReadBoolean();
        bool ignoreMissing = ctx.Reader.ReadBoolean();
        var names = new string[BuiltInModel.ReadCount(ctx.Reader, sizeof(int))];
        for (int i = 0; i < names.Length; i++)
            names[i] = ctx.LoadNonEmptyString();
        return new ColumnSelectingTransformer(env, new ColumnSelection(names, keep, keepHidden, ignoreMissing));
    }
}

/// <summary>See <see cref="ColumnSelectingTransformer"/>.</summary>
public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    private readonly ColumnSelection _selection;

    internal ColumnSelectingEstimator(IHostEnvironment env, ColumnSelection selection)
        : base(env.Register(nameof(ColumnSelectingEstimator)), new ColumnSelectingTransformer(env, selection))
    {
        Contracts.Check(selection.Names is { Length: > 0 }, "Neither keepColumns and dropColumns is set. Exactly one must be specified.");
        _selection = selection;
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return _selection.Apply(inputSchema);
    }
}
