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

    // As pandas writes it: to_csv(sep="\t"), with quoting=csv.QUOTE_ALL, QUOTE_NONNUMERIC; as Excel writes it (a comma gets quotes, too).
    [Theory]
    [InlineData("text\tlabel\n\"a\tb\"\tx\nplain\ty\n", new[] { "a\tb", "plain" })]
    [InlineData("text\tlabel\n\"say \"\"hi\"\"\"\tx\n\"\"\"all\"\"\"\ty\n", new[] { "say \"hi\"", "\"all\"" })]
    [InlineData("text\tlabel\r\n\"one\r\ntwo\"\tx\r\nplain\ty", new[] { "one\r\ntwo", "plain" })]
    [InlineData("text\tn\tlabel\n\"one\n\ntwo\"\t1\tx\nplain\t2\ty\n", new[] { "one\n\ntwo", "plain" })]
    [InlineData("\"text\"\t\"label\"\n\"a\"\t\"x\"\n\"b\"\t\"y\"\n", new[] { "a", "b" })]
    [InlineData("\"text\"\t\"n\"\n\"a\"\t1\n\"b\"\t2\n", new[] { "a", "b" })]
    [InlineData("text\tlabel\n\"well, yes\"\tx\nno\ty\n", new[] { "well, yes", "no" })]
    [InlineData("text\n\"one\ntwo\"\nplain\n", new[] { "one\ntwo", "plain" })]
    public void Quotes_that_a_program_put_around_fields_of_a_tsv_are_no_part_of_them(string content, string[] expected)
    {
        using var folder = new TemporaryDirectory();
        var said = new List<string>();
        Assert.Equal(expected, Read(folder, "t.tsv", content, new TableFormat(), said).Column("text"));
        Assert.Contains("quotes around fields are read as quoting", Assert.Single(said));
    }

    // As people write texts, and as GLUE's files are.
    [Theory]
    [InlineData("text\tlabel\nsay \"hi\"\tx\n\"Hello.\"\ty\n", new[] { "say \"hi\"", "\"Hello.\"" })]
    [InlineData("text\tlabel\n\"Hello.\"\tx\nplain\ty\n", new[] { "\"Hello.\"", "plain" })]
    [InlineData("text\tlabel\n\"open\tx\nplain\ty\n", new[] { "\"open", "plain" })]
    [InlineData("text\tlabel\n\"open\tx\nb\ty\nclose\"\tx\n", new[] { "\"open", "b", "close\"" })]
    [InlineData("text\tlabel\n\"a\" b\tx\nplain\ty\n", new[] { "\"a\" b", "plain" })]
    [InlineData("text\tlabel\n6\" pipe\tx\n5\" pipe\ty\n", new[] { "6\" pipe", "5\" pipe" })]
    public void Quotes_that_people_wrote_into_a_tsv_stay(string content, string[] expected)
    {
        using var folder = new TemporaryDirectory();
        var said = new List<string>();
        Assert.Equal(expected, Read(folder, "t.tsv", content, new TableFormat(), said).Column("text"));
        Assert.Empty(said);
    }

    [Theory]
    [InlineData("t.csv", "text;label\na, b;x\n\"c;d\";y\n", null, "semicolon-separated")]
    [InlineData("t.txt", "text,label\n\"a, b\",x\nc;d,y\n", null, "comma-separated")]
    [InlineData("t.tsv", "text|label\na, b|x\nc;d|y\n", null, "pipe-separated")]
    [InlineData("t.csv", "text\tlabel\na, b\tx\nc;d\ty\n", null, "tab-separated")]
    [InlineData("t.csv", "text|label\na, b|x\nc;d|y\n", "pipe", null)]
    [InlineData("t.csv", "text~label\na, b~x\nc;d~y\n", "~", null)]
    [InlineData("t.csv", "text#label\na, b#x\nc;d#y\n", "#", null)]
    [InlineData("t.csv", "text\tlabel\na, b\tx\nc;d\ty\n", "\\t", null)]
    public void A_separator_is_given_or_guessed_and_said(string name, string content, string? separator, string? message)
    {
        using var folder = new TemporaryDirectory();
        var said = new List<string>();
        var format = new TableFormat { Separator = separator is null ? null : TableFormat.ParseSeparator(separator) };
        Table table = Read(folder, name, content, format, said);
        Assert.Equal(["a, b", "c;d"], table.Column("text"));
        Assert.Equal(["x", "y"], table.Column("label"));
        Assert.Equal(message is null, said.Count == 0);
        Assert.All(said, line => Assert.Contains($"{name}: read as {message}, as its first line shows; --separator names another", line));
    }

    [Fact]
    public void Without_a_header_a_comma_in_a_text_is_no_separator()
    {
        using var folder = new TemporaryDirectory();
        Assert.Equal(["well, yes", "no"], Read(folder, "t.txt", "well, yes\nno\n", hasHeader: false).Column("0"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("x")]
    [InlineData("\"")]
    public void What_separates_nothing_is_refused(string text)
        => Assert.StartsWith($"--separator: '{text}' is none; give tab, comma, ",
            Assert.Throws<UsageException>(() => TableFormat.ParseSeparator(text)).Message);

    [Theory]
    [InlineData("t.jsonl", "{\"text\": \"a\\tb\", \"n\": 1.50, \"ok\": true, \"none\": null, \"more\": [1]}\r\n\n{\"n\": -2, \"text\": "
        + "\"\\ud83d\\ude00\", \"ok\": false, \"none\": \"\"}")]
    [InlineData("T.NDJSON",
        "{\"none\":null,\"ok\":true,\"n\":1.50,\"text\":\"a\\tb\"}\n{\"none\":null,\"ok\":false,\"n\":-2,\"text\":\"😀\"}\n")]
    public void JSON_lines_are_read_by_the_names_of_the_columns(string name, string content)
    {
        using var folder = new TemporaryDirectory();
        Table table = Read(folder, name, content, new TableFormat(), [], "text", "n", "ok", "none");
        Assert.Equal(["a\tb", "😀"], table.Column("text"));
        Assert.Equal(["1.50", "-2"], table.Column("n"));
        Assert.Equal(["true", "false"], table.Column("ok"));
        Assert.Equal(["", ""], table.Column("none"));
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"txt\": \"b\"}\n", "t.jsonl, line 2: there is no column 'text'; there are 'txt'")]
    [InlineData("{}\n", "t.jsonl, line 1: there is no column 'text'; there is none")]
    [InlineData("{\"text\": [\"a\"]}\n", "line 1: the column 'text' holds a list")]
    [InlineData("{\"text\": {\"a\": 1}}\n", "line 1: the column 'text' holds an object")]
    [InlineData("[{\"text\": \"a\"}]\n", "line 1: a JSON list, but every line must be an object")]
    [InlineData("\"a\"\n", "line 1: a JSON text, but every line must be an object")]
    [InlineData("{\"text\": \"a\"}\n{\"text\":\n\"b\"}\n", "line 2: not one JSON object on a line of its own")]
    [InlineData("{\"text\": \"a\", \"text\": \"b\"}\n", "line 1: not one JSON object on a line of its own")]
    [InlineData("{\"text\": \"\\ud83d\"}\n", "line 1: an escape is half of a surrogate pair")]
    [InlineData("{\"text\": \"\\ude00x\"}\n", "line 1: an escape is half of a surrogate pair")]
    [InlineData("\n\n", "t.jsonl has no rows: the file is empty")]
    public void What_is_wrong_with_JSON_lines_is_said(string content, string message)
    {
        using var folder = new TemporaryDirectory();
        Assert.Contains(message,
            Assert.Throws<UsageException>(() => Read(folder, "t.jsonl", content, new TableFormat(), [], "text")).Message);
    }

    [Theory]
    [InlineData("t.csv", "a,b\n1,x\n2,y, z\n",
        "t.csv, line 3: the row has 3 fields, the header 2 ('a', 'b'); it was read as comma-separated. Found: '2', 'y', ' z'.")]
    [InlineData("t.tsv", "a\tb\n\n1\tx\n2\ty\tz\n", "t.tsv, line 4: the row has 3 fields, the header 2")]
    [InlineData("t.tsv", "a\tb\n1\tsay \"x\n\"2\t3\"\ty\n",
        "line 3: the row has 3 fields, the header 2 ('a', 'b'); it was read as tab-separated. Found: '\"2', '3\"', 'y'.")]
    [InlineData("t.csv", "a,b\n\"1\n2\",x\n3\n", "t.csv, line 4: the row has 1 fields")]
    [InlineData("t.csv", "a,b\n1,\"x\n2,y\n", "t.csv, line 2: a quoted field begins that has no end")]
    [InlineData("t.csv", "a,b\n\"1\n2\"3,x\n", "t.csv, line 3: text stands behind the quote that ends a quoted field")]
    [InlineData("t.csv", "\r\n\n", "t.csv has no rows: the file is empty")]
    [InlineData("t.csv", "\uFEFF", "t.csv has no rows: the file is empty")]
    [InlineData("t.csv", "a,b", "t.csv has no rows: there is a line of column names only")]
    [InlineData("t.csv", "a;b\n1;x\n", "t.csv has no column 'q'; it has 'a', 'b' (read as semicolon-separated; --separator names another)")]
    public void Malformed_files_are_refused_with_line_and_what_was_found(string name, string content, string message)
    {
        using var folder = new TemporaryDirectory();
        Assert.Contains(message, Assert.Throws<UsageException>(() => Read(folder, name, content, hasHeader: true).Column("q")).Message);
    }

    [Theory]
    [InlineData("\uFEFFa,b\n1,x\n2,y")]
    [InlineData("a,b\r\n1,x\r\n2,y\r\n")]
    [InlineData("a,b\r1,x\r2,y\r")]
    [InlineData("\n\na,b\n\n1,x\n\n\n2,y\n\n")]
    public void Marks_line_ends_and_empty_lines_change_nothing(string content)
    {
        using var folder = new TemporaryDirectory();
        Table table = Read(folder, "t.csv", content, hasHeader: true);
        Assert.Equal(["1", "2"], table.Column("a"));
        Assert.Equal(["x", "y"], table.Column("b"));
    }

    [Fact]
    public void Lines_are_those_on_which_rows_start()
    {
        using var folder = new TemporaryDirectory();
        Table table = Read(folder, "t.csv", "\na,b\r\n\r\n\"1\n\r\n2\",x\n\n3,y\n\"4\r\",z\n5,u", hasHeader: true);
        Assert.Equal([4, 8, 9, 11], table.Lines);
        Assert.Equal("lines 8, 11", table.LinesWhere(row => row % 2 == 1));
        Assert.Equal("line 4", table.LinesWhere(row => row == 0));
    }

    /// <summary>Tables of the nastiest fields, written as pandas' to_csv writes them, come back as they were.</summary>
    [Theory]
    [InlineData("t.csv", ',', "ab \",;\t\n\r", false)]
    [InlineData("t.csv", ';', "ab \",;\t\n\r", false)]
    [InlineData("t.tsv", '\t', "ab \",;\t", false)]
    [InlineData("t.csv", ',', "ab \",\n", true)]
    [InlineData("t.tsv", '\t', "ab \",\t", true)]
    public void What_a_program_writes_is_read_back(string name, char separator, string alphabet, bool quoteAll)
    {
        using var folder = new TemporaryDirectory();
        var random = new Random(7);
        for (int i = 0; i < 300; i++)
        {
            string[][] rows = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Enumerable.Range(0, 3)
                .Select(_ => new string(random.GetItems<char>(alphabet, random.Next(6)))).ToArray())];
            string content =
                string.Concat(rows.Prepend(["one", "two", "three"]).Select(row => string.Join(separator, row.Select(Quoted)) + "\n"));
            Table table = Read(folder, name, content, new TableFormat { Separator = separator }, []);
            Assert.Equal(rows, table.Rows);
        }

        string Quoted(string field) => quoteAll || field.AsSpan().IndexOfAny([separator, '"', '\r', '\n']) >= 0
            ? $"\"{field.Replace("\"", "\"\"")}\""
            : field;
    }

    /// <summary>GLUE's SST-2 has quotes in its texts and no quoting.</summary>
    [SharedFact("data/glue/SST-2/train.tsv")]
    public void A_file_of_GLUE_is_read_as_it_stands()
    {
        string path = Path.Combine(Repository.Shared, "data", "glue", "SST-2", "train.tsv");
        string[] expected = [.. File.ReadAllLines(path).Skip(1).Select(l => l.Split('\t')[0])];
        Assert.Equal(expected, TableReader.Read(path, new TableFormat(), []).Column("sentence"));
    }

    [Fact]
    public void A_very_long_field_is_read()
    {
        using var folder = new TemporaryDirectory();
        string text = string.Concat(Enumerable.Repeat("long \"\"text\"\"\n", 300_000));
        Table table = Read(folder, "t.csv", $"text,label\n\"{text}\",x\n", hasHeader: true);
        Assert.Equal(text.Replace("\"\"", "\""), table.Column("text")[0]);
        Assert.Equal(["x"], table.Column("label"));
    }

    [Fact]
    public void A_directory_is_no_file()
    {
        using var folder = new TemporaryDirectory();
        Assert.Contains("is a directory",
            Assert.Throws<UsageException>(() => TableReader.Read(folder.Path, new TableFormat(), [])).Message);
    }

    [Fact]
    public void A_missing_file_is_named()
        => Assert.Contains("nowhere.tsv",
            Assert.Throws<UsageException>(() => TableReader.Read("nowhere.tsv", new TableFormat(), [])).Message);

    private static Table Read(TemporaryDirectory folder, string name, string content, bool hasHeader)
        => Read(folder, name, content, new TableFormat { HasHeader = hasHeader }, []);

    private static Table Read(
        TemporaryDirectory folder, string name, string content, TableFormat format, List<string> said, params string[] columns)
    {
        string path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, content);
        return TableReader.Read(path, format, columns, said.Add);
    }
}
