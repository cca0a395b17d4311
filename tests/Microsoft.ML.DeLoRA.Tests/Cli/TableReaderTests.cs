using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

public class TableReaderTests
{
    [Theory]
    [InlineData("t.tsv", "a\tb\n1\tsay \"hi\"\n2\t\"open\n", "b", new[] { "say \"hi\"", "\"open" })]
    [InlineData("t.tsv", "a\tb\r\n1\tx\r\n\r\n2\ty\r\n", "b", new[] { "x", "y" })]
    [InlineData("t.csv", "a,b\n1,\"x, \"\"y\"\"\"\n2,\"two\nlines\"\n", "b", new[] { "x, \"y\"", "two\nlines" })]
    [InlineData("T.CSV", "a,b\n1, x \n", "b", new[] { " x " })]
    [InlineData("t.txt", "a\tb\n1\t\u00e9\ud83d\ude00\n", "b", new[] { "\u00e9\ud83d\ude00" })]
    public void Fields_are_read_by_the_rules_of_the_format(string name, string content, string column, string[] expected)
    {
        using var folder = new TemporaryDirectory();
        Assert.Equal(expected, Read(folder, name, content, hasHeader: true).Column(column));
    }

    [Fact]
    public void Without_a_header_columns_are_numbered_from_0()
    {
        using var folder = new TemporaryDirectory();
        Assert.Equal(["x", "y"], Read(folder, "t.tsv", "1\tx\n2\ty\n", hasHeader: false).Column("1"));
    }

    [Theory]
    [InlineData("t.tsv", "a\tb\n1\tx\n", true, "c", "has no column 'c'; it has 'a', 'b'")]
    [InlineData("t.tsv", "a\ta\n1\tx\n", true, "a", "has 2 columns named 'a'")]
    [InlineData("t.tsv", "a\tb\n1\tx\n2\n", true, "b", "line 3: the row has 1 fields")]
    [InlineData("t.tsv", "a\tb\n", true, "a", "has no rows")]
    [InlineData("t.tsv", "", false, "0", "has no rows")]
    [InlineData("t.tsv", "1\tx\n", false, "a", "numbers from 0; 'a' is none")]
    [InlineData("t.tsv", "1\tx\n", false, "-1", "numbers from 0; '-1' is none")]
    [InlineData("t.csv", "a,b\n1,x\"y\n", true, "b", "line 2: a quote")]
    public void What_is_wrong_is_said(string name, string content, bool hasHeader, string column, string message)
    {
        using var folder = new TemporaryDirectory();
        var error = Assert.Throws<UsageException>(() => Read(folder, name, content, hasHeader).Column(column));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void A_missing_file_is_named()
        => Assert.Contains("nowhere.tsv", Assert.Throws<UsageException>(() => TableReader.Read("nowhere.tsv", true)).Message);

    private static Table Read(TemporaryDirectory folder, string name, string content, bool hasHeader)
    {
        string path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, content);
        return TableReader.Read(path, hasHeader);
    }
}
