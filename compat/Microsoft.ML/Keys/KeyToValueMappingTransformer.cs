using Microsoft.ML;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(KeyToValueMappingTransformer), null, typeof(SignatureLoadModel),
    "Key To Value Transform", KeyToValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Replaces keys by the values that the column's annotation KeyValues gives for them.</summary>
public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "KeyToValueTransform";
    private static readonly VersionInfo Version = BuiltInModel.Version("KEY2VALT", 0x00010001, LoaderSignature);

    internal KeyToValueMappingTransformer(IHostEnvironment env, (string, string)[] columns)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), columns)
    {
    }

    private static KeyToValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        return new KeyToValueMappingTransformer(env, BuiltInModel.LoadColumnPairs(ctx));
    }

    private protected override MappedColumn MapColumn(int index, string outputColumnName, DataViewSchema.Column input)
    {
        if (input.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues) is not { Type: VectorDataViewType values } keyValues)
            throw Contracts.Except("Metadata KeyValues does not exist");
        if (input.Type.GetItemType() is not KeyDataViewType key)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, "KeyType", input.Type.ToString());
        DataViewType type = input.Type is VectorDataViewType vector ? vector.OfItems(values.ItemType) : values.ItemType;
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input.Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
        var map = (KeyValueMap)Getters.Create(typeof(KeyValueMap<,>), [key.RawType, values.ItemType.RawType], input, keyValues);
        return new MappedColumn(outputColumnName, type, annotations.ToAnnotations(), [input.Index], map.CreateGetter);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        BuiltInModel.SaveColumnPairs(ctx, ColumnPairs);
    }
}
