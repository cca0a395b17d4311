using Microsoft.ML;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnCopyingTransformer), null, typeof(SignatureLoadModel),
    "Copy Columns Transform", ColumnCopyingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Gives columns under a further name.</summary>
public sealed class ColumnCopyingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "CopyTransform";
    private static readonly VersionInfo Version = BuiltInModel.Version("COPYCOLT", 0x00010001, LoaderSignature);

    internal ColumnCopyingTransformer(IHostEnvironment env, (string, string)[] columns)
        : base(env.Register(nameof(ColumnCopyingTransformer)), columns)
    {
    }

    private static ColumnCopyingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new ColumnCopyingTransformer(env, BuiltInModel.LoadColumnPairs(ctx));
    }

    private protected override MappedColumn MapColumn(int index, string outputColumnName, DataViewSchema.Column input) =>
        new(outputColumnName, input.Type, input.Annotations, [input.Index], row => row.GetGetter(input));

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        BuiltInModel.SaveColumnPairs(ctx, ColumnPairs);
    }
}

/// <summary>See <see cref="ColumnCopyingTransformer"/>.</summary>
public sealed class ColumnCopyingEstimator : TrivialEstimator<ColumnCopyingTransformer>
{
    private readonly (string OutputColumnName, string InputColumnName)[] _columns;

    internal ColumnCopyingEstimator(IHostEnvironment env, (string OutputColumnName, string InputColumnName)[] columns)
        : base(env.Register(nameof(ColumnCopyingEstimator)), new ColumnCopyingTransformer(env, columns)) => _columns = columns;

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var columns = new ShapeColumns(inputSchema);
        foreach ((string outputColumnName, string inputColumnName) in _columns)
        {
            SchemaShape.Column input = columns.Input(inputColumnName);
            columns.Set(new SchemaShape.Column(outputColumnName, input.Kind, input.ItemType, input.IsKey, input.Annotations));
        }
        return columns.ToShape();
    }
}
