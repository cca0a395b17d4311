using Microsoft.ML;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ValueToKeyMappingTransformer), null, typeof(SignatureLoadModel),
    "Term Transform", ValueToKeyMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Replaces values by the keys learned for them; 0 for missing and unseen ones.</summary>
public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "TermTransform";
    private static readonly VersionInfo Version = BuiltInModel.Version("TERMTRNF", 0x00010003, LoaderSignature);

    private readonly TermMap[] _maps;
    private readonly bool[] _asText;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, (string, string)[] columns, TermMap[] maps, bool[] asText)
        : base(env.Register(nameof(ValueToKeyMappingTransformer)), columns)
    {
        _maps = maps;
        _asText = asText;
    }

    private static ValueToKeyMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        (string, string)[] columns = BuiltInModel.LoadColumnPairs(ctx);
        bool[] asText = columns.Select(_ => ctx.Reader.ReadByte() != 0).ToArray();
        return new ValueToKeyMappingTransformer(env, columns, TermManager.Load(ctx, columns.Length), asText);
    }

    private protected override MappedColumn MapColumn(int index, string outputColumnName, DataViewSchema.Column input)
    {
        TermMap map = _maps[index];
        DataViewType itemType = input.Type.GetItemType();
        if (!itemType.Equals(map.ItemType))
            throw Contracts.Except($"Could not apply a map over type '{map.ItemType}' to column '{outputColumnName}' since it has type '{itemType}'");
        DataViewType type = input.Type is VectorDataViewType vector ? vector.OfItems(map.KeyType) : map.KeyType;
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input.Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
        map.AddKeyValues(annotations, _asText[index], input);
        return new MappedColumn(outputColumnName, type, annotations.ToAnnotations(), [input.Index], row => map.CreateGetter(row, input));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        BuiltInModel.SaveColumnPairs(ctx, ColumnPairs);
        foreach (bool asText in _asText)
            ctx.Writer.Write(asText);
        TermManager.Save(ctx, _maps);
    }
}
