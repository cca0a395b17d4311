using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

/// <summary>Missing files, laziness, several files, positions.</summary>
public sealed class TextLoaderSpecialTests : IDisposable
{
    private static readonly JsonElement Golden = GoldenFile.Load("textloader").GetProperty("special");

    private readonly TemporaryDirectory _folder = new();
    private readonly DataOperationsCatalog _data = new MLContext(1).Data;
    private readonly Dictionary<string, Func<object?>> _cases;

    /// <summary>Left out: SaveAsText (the product writes no text files through ML.NET) and the name of the real internal view type.</summary>
    public static TheoryData<string> Names => GoldenFile.Names(Golden, Golden.EnumerateObject().Select(p => p.Name)
        .Where(n => n.StartsWith("SaveAsText", StringComparison.Ordinal)).Append("view type").ToArray());

    public TextLoaderSpecialTests()
    {
        _cases = new()
        {
            ["file missing, LoadFromTextFile<T>"] = () => Load(_folder["missing.tsv"]),
            ["file missing, Options"] = () => _data.LoadFromTextFile(_folder["missing.tsv"], new TextLoader.Options()),
            ["path null"] = () => Load(null!),
            ["path empty"] = () => Load(""),
            ["file deleted before the enumeration"] = Deleted,
            ["file changed between two enumerations (lazy)"] = Changed,
            ["defaults of LoadFromTextFile<T>(path): tab, no header, no quoting, no trim"] = () => Observed.Rows(Load(Write("d.tsv", "\"a\" \tb\n"))),
            ["CreateTextLoader(...).Load(two files, the header of each skipped)"] = () => Observed.Rows(_data
                .CreateTextLoader<TextLoaderClasses.TSS>(hasHeader: true)
                .Load(Write("m1.tsv", "h\ti\na\tb\n"), Write("m2.tsv", "h\ti\nc\td\n"))),
            ["wildcard path m?.tsv"] = Wildcard,
            ["cursor positions of 2 rows (before, each, after)"] = Positions,
            ["getter before MoveNext"] = GetterBeforeMoveNext,
            ["CanShuffle"] = () => Load(Write("c.tsv", "a\tb\n")).CanShuffle,
            ["GetRowCount"] = () => Load(Write("c.tsv", "a\tb\n")).GetRowCount(),
        };
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name) => GoldenAssert.Equal(Golden.GetProperty(name), GoldenAssert.Capture(_cases[name], _folder.Path));

    [Fact]
    public void ReadOnlyPropertiesAreNoColumns()
    {
        IDataView view = _data.LoadFromTextFile<WithReadOnly>(Write("r.tsv", "a\tb\n"));
        Assert.Equal(["A"], view.Schema.Select(c => c.Name));
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }

    private IDataView Load(string path) => _data.LoadFromTextFile<TextLoaderClasses.TSS>(path);

    private object? Deleted()
    {
        string path = Write("del.tsv", "a\tb\n");
        IDataView view = Load(path);
        File.Delete(path);
        return Observed.Rows(view);
    }

    private object? Changed()
    {
        IDataView view = Load(Write("x.tsv", "a\tb\n"));
        List<object?> first = Observed.Rows(view);
        Write("x.tsv", "c\td\ne\tf\n");
        return new Dictionary<string, object?> { ["first"] = first, ["second"] = Observed.Rows(view) };
    }

    private object? Wildcard()
    {
        Write("m1.tsv", "a\tb\n");
        Write("m2.tsv", "c\td\n");
        return Observed.Rows(Load(_folder["m?.tsv"]));
    }

    private object? Positions()
    {
        IDataView view = Load(Write("p.tsv", "a\tb\nc\td\n"));
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        var positions = new List<object?> { cursor.Position };
        while (cursor.MoveNext())
            positions.Add(cursor.Position);
        positions.Add(cursor.Position);
        return positions;
    }

    private object? GetterBeforeMoveNext()
    {
        IDataView view = Load(Write("g.tsv", "a\tb\n"));
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        return Observed.Getter(cursor, view.Schema[0])();
    }

    private sealed class WithReadOnly
    {
        [LoadColumn(0)]
        public string? A { get; set; }

        public int Length => A?.Length ?? 0;
    }
}
