namespace Microsoft.ML.Transforms;

/// <summary>The vocabularies of a saved <see cref="ValueToKeyMappingTransformer"/>: a sub-model, and a text for people.</summary>
internal static class TermManager
{
    public const byte Text = 0;
    public const byte Codec = 1;

    private const string Directory = "Vocabulary";
    private static readonly VersionInfo Version = BuiltInModel.Version("TERM\0MAN", 0x00010002, "TermManager");

    public static void Save(ModelSaveContext ctx, IReadOnlyList<TermMap> maps) => ctx.SaveSubModel(Directory, vocabulary =>
    {
        vocabulary.CheckAtModel();
        vocabulary.SetVersionInfo(Version);
        vocabulary.Writer.Write(maps.Count);
        foreach (TermMap map in maps)
            map.Save(vocabulary);
        vocabulary.SaveTextStream("Terms.txt", writer =>
        {
            foreach (TermMap map in maps)
                WriteTerms(writer, map);
        });
    });

    public static TermMap[] Load(ModelLoadContext ctx, int count)
    {
        TermMap[] maps = null;
        bool found = ctx.TryProcessSubModel(Directory, vocabulary =>
        {
            vocabulary.CheckAtModel(Version);
            int saved = BuiltInModel.ReadCount(vocabulary.Reader, sizeof(byte));
            if (saved != count)
                throw Contracts.ExceptDecode($"Corrupt model file: {saved} vocabularies for {count} columns");
            maps = Enumerable.Range(0, count).Select(_ => Load(vocabulary)).ToArray();
        });
        return found ? maps : throw Contracts.ExceptDecode("Corrupt model file: the vocabulary is missing");
    }

    private static TermMap Load(ModelLoadContext ctx)
    {
        switch (ctx.Reader.ReadByte())
        {
            case Text:
                var texts = new ReadOnlyMemory<char>[BuiltInModel.ReadCount(ctx.Reader, sizeof(int))];
                for (int i = 0; i < texts.Length; i++)
                    texts[i] = ctx.LoadNonEmptyString().AsMemory();
                return new TermMap<ReadOnlyMemory<char>>(TextDataViewType.Instance, texts);
            case Codec:
                ValueCodec codec = ValueCodec.ReadSelf(ctx.Reader);
                if (codec.Type is not PrimitiveDataViewType)
                    throw Contracts.ExceptDecode("Corrupt vocabulary: its values are vectors");
                return (TermMap)Getters.Invoke(((Func<ModelLoadContext, ValueCodec, TermMap>)LoadValues<int>).Method.GetGenericMethodDefinition(),
                    [codec.Type.RawType], ctx, codec);
            default:
                throw Contracts.ExceptDecode("Corrupt vocabulary: an unknown kind");
        }
    }

    private static TermMap LoadValues<T>(ModelLoadContext ctx, ValueCodec codec)
    {
        int count = ctx.Reader.ReadInt32();
        if (count < 0)
            throw Contracts.ExceptDecode("Corrupt vocabulary: its size");
        return new TermMap<T>((PrimitiveDataViewType)codec.Type, ((ValueCodec<T>)codec).Read(ctx.Reader, count));
    }

    private static void WriteTerms(TextWriter writer, TermMap map)
    {
        string type = map.ItemType is TextDataViewType ? "" : $" of type '{map.ItemType}'";
        writer.WriteLine($"# Number of terms{type} = {map.Count}");
        int index = 0;
        foreach (string text in map.Texts)
            writer.WriteLine($"{index++}\t{text.Replace("\\", "\\\\").Replace("\t", "\\t").Replace("\r", "\\r").Replace("\n", "\\n")}");
    }
}
