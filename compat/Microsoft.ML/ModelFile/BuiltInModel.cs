namespace Microsoft.ML;

/// <summary>What the files of the library's own transformers have in common.</summary>
internal static class BuiltInModel
{
    private const string Assembly = "Microsoft.ML.Data, Version=1.0.0.0, Culture=neutral, PublicKeyToken=cc7b13ffcd2ddd51";

    public static VersionInfo Version(string modelSignature, uint version, string loaderSignature) =>
        new(modelSignature, version, version, version, Assembly, loaderSignature);

    public static void SaveColumnPairs(ModelSaveContext ctx, IReadOnlyList<(string OutputColumnName, string InputColumnName)> pairs)
    {
        ctx.Writer.Write(pairs.Count);
        foreach ((string output, string input) in pairs)
        {
            ctx.SaveNonEmptyString(output);
            ctx.SaveNonEmptyString(input);
        }
    }

    public static (string OutputColumnName, string InputColumnName)[] LoadColumnPairs(ModelLoadContext ctx)
    {
        var pairs = new (string, string)[ReadCount(ctx.Reader, 2 * sizeof(int))];
        for (int i = 0; i < pairs.Length; i++)
            pairs[i] = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
        return pairs;
    }

    /// <summary>A count of things that each take at least so many of the bytes that follow.</summary>
    public static int ReadCount(BinaryReader reader, int bytesEach)
    {
        int count = reader.ReadInt32();
        Available.Check(reader, (long)count * bytesEach);
        return count;
    }
}
