using DeLoRA.TestSupport;

namespace Microsoft.ML.DeLoRA.Tests.Structure;

/// <summary>Files are short enough to be read at once.</summary>
public class SourceFileTests
{
    private const int MostLines = 300;
    private const int MostColumns = 140;

    private static readonly string[] _files =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)];

    [Fact]
    public void No_file_is_longer_than_300_lines()
    {
        Assert.NotEmpty(_files);
        Assert.DoesNotContain(_files.Select(f => (File: Path.GetRelativePath(Repository.Root, f), Lines: File.ReadLines(f).Count())),
            f => f.Lines > MostLines);
    }

    [Fact]
    public void No_line_is_longer_than_140_columns()
        => Assert.Empty(_files.SelectMany(f => File.ReadLines(f).Select((line, i) => (Line: $"{Path.GetFileName(f)}:{i + 1}", line.Length)))
            .Where(l => l.Length > MostColumns).Select(l => l.Line));
}
