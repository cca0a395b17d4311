using System.Reflection;
using Microsoft.ML;

namespace Compat.Tests.ModelFile;

/// <summary>A damaged or hostile file gives an error that names the file's fault, takes no memory for it, and writes nothing anywhere.</summary>
public class HostileFileTests
{
    private const string Chain = "valuetokey_keytovalue.zip";

    private readonly MLContext _context = new(1);

    [Fact]
    public void AnEntryThatNamesAPlaceOutsideIsNeverWritten()
    {
        string name = $"{Guid.NewGuid():N}.txt";
        string outside = Path.Combine(Path.GetTempPath(), name);
        byte[] zip = GoldenZip.With(GoldenZip.Read(Chain), (_, content) => content,
            ($"../{name}", [1]), (outside, [2]), ($"TransformerChain/../../{name}", [3]));
        Assert.NotNull(_context.Model.Load(new MemoryStream(zip), out _));
        Assert.False(File.Exists(outside));
        Assert.False(File.Exists(name));
    }

    [StandInTheory]
    [InlineData("TransformerChain/Model.key")]
    [InlineData("TransformerChain/Transform_000/Model.key")]
    [InlineData("TransformerChain/Transform_000/Vocabulary/Model.key")]
    [InlineData("TransformerChain/Transform_001/Model.key")]
    [InlineData("Schema")]
    public void EveryByteMayBeWrong(string name)
    {
        byte[] zip = GoldenZip.Read(Chain);
        byte[] content = GoldenZip.Entries(zip).Single(e => e.Name == name).Content;
        for (int i = 0; i < content.Length; i++)
            AssertLoadsOrFailsCleanly(GoldenZip.WithBytes(zip, name, i, (byte)~content[i]), $"{name}[{i}]");
    }

    [StandInTheory]
    [InlineData("TransformerChain/Transform_000/Vocabulary/Model.key")]
    [InlineData("Schema")]
    public void EveryEntryMayEndEarly(string name)
    {
        byte[] zip = GoldenZip.Read(Chain);
        int length = GoldenZip.Entries(zip).Single(e => e.Name == name).Content.Length;
        for (int end = 0; end < length; end++)
            AssertLoadsOrFailsCleanly(GoldenZip.With(zip, (entry, content) => entry == name ? content[..end] : content), $"{name}[..{end}]");
    }

    [StandInFact]
    public void EveryByteOfTheZipMayBeWrong()
    {
        byte[] zip = GoldenZip.Read(Chain);
        for (int i = 0; i < zip.Length; i++)
        {
            byte kept = zip[i];
            zip[i] ^= 0xFF;
            AssertLoadsOrFailsCleanly((byte[])zip.Clone(), $"zip[{i}]");
            zip[i] = kept;
        }
    }

    [StandInFact]
    public void ChainsInChainsHaveAnEnd()
    {
        const string member = "/Transform_000";
        byte[] chain = GoldenZip.Entries(GoldenZip.Read(Chain)).Single(e => e.Name == "TransformerChain/Model.key").Content;
        chain[0x100] = 1;
        (string, byte[])[] nested = Enumerable.Range(0, 500)
            .Select(depth => ($"TransformerChain{string.Concat(Enumerable.Repeat(member, depth))}/Model.key", chain))
            .ToArray();
        Exception? error = Record.Exception(() =>
            _context.Model.Load(new MemoryStream(GoldenZip.With(GoldenZip.Read(Chain), (_, _) => null, nested)), out _));
        Assert.Contains("nested too deep", error?.GetBaseException().Message);
    }

    /// <summary>A name of an assembly may be damaged too, so the errors of loading one are clean.</summary>
    private void AssertLoadsOrFailsCleanly(byte[] zip, string what)
    {
        Exception? error = Record.Exception(() => _context.Model.Load(new MemoryStream(zip), out _));
        Assert.True(error is null or FormatException or InvalidOperationException or FileNotFoundException or FileLoadException or BadImageFormatException,
            $"{what}: {error}");
    }
}

/// <summary>A test of the stand-in's own hardening; the real library is not asked for it.</summary>
internal sealed class StandInFactAttribute : FactAttribute
{
    public StandInFactAttribute() => Skip = StandIn.SkipReason;
}

internal sealed class StandInTheoryAttribute : TheoryAttribute
{
    public StandInTheoryAttribute() => Skip = StandIn.SkipReason;
}

internal static class StandIn
{
    public static string? SkipReason { get; } = IsLoaded() ? null : "checks the stand-in for ML.NET, and this is the real one";

    private static bool IsLoaded() => typeof(MLContext).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Any(a => a.Key == "CompatStandIn");
}
