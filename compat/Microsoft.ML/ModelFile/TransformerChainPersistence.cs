using Microsoft.ML;

[assembly: LoadableClass(typeof(TransformerChain<ITransformer>), typeof(TransformerChainPersistence), null, typeof(SignatureLoadModel),
    "Transformer chain", TransformerChainPersistence.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>A chain in a model file: its members in order, each with its scope.</summary>
internal static class TransformerChainPersistence
{
    public const string LoaderSignature = "TransformerChain";

    private static readonly VersionInfo Version = BuiltInModel.Version("XF\0CHAIN", 0x00010001, LoaderSignature);

    public static void Save(ModelSaveContext ctx, IReadOnlyList<ITransformer> transformers, IReadOnlyList<TransformerScope> scopes)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        ctx.Writer.Write(transformers.Count);
        for (int i = 0; i < transformers.Count; i++)
        {
            ctx.Writer.Write((int)scopes[i]);
            ctx.SaveModel(transformers[i], MemberName(i));
        }
    }

    private static TransformerChain<ITransformer> Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        ctx.CheckAtModel(Version);
        int count = BuiltInModel.ReadCount(ctx.Reader, sizeof(int));
        var transformers = new ITransformer[count];
        var scopes = new TransformerScope[count];
        for (int i = 0; i < count; i++)
        {
            scopes[i] = (TransformerScope)ctx.Reader.ReadInt32();
            ctx.LoadModel<ITransformer, SignatureLoadModel>(env, out transformers[i], MemberName(i));
        }
        return new TransformerChain<ITransformer>(transformers, scopes);
    }

    private static string MemberName(int index) => $"Transform_{index:000}";
}
