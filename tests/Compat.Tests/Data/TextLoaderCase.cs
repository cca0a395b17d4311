using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DeLoRA.TestSupport;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Compat.Tests.Data;

/// <summary>One file with the options to read it by.</summary>
internal sealed partial class TextLoaderCase(JsonElement golden)
{
    private readonly string _text = golden.GetProperty("text").GetString()!;

    private string FileName => $"case{golden.GetProperty("id").GetInt32()}.txt";

    /// <summary>Schema, rows and messages of a load, or what it threw.</summary>
    public object? Run(Func<MLContext, string, IDataView> load)
    {
        using var folder = new TemporaryDirectory();
        string path = folder[FileName];
        File.WriteAllBytes(path, Bytes());

        var context = new MLContext(1);
        var log = new List<object?>();
        context.Log += (_, e) =>
        {
            if (e.Kind != ChannelMessageKind.Trace)
                log.Add(new Dictionary<string, object?> { ["kind"] = e.Kind.ToString(), ["source"] = e.Source, ["rawMessage"] = e.RawMessage.Replace(folder.Path, "<DIR>") });
        };
        IDataView view;
        try
        {
            view = load(context, path);
        }
        catch (Exception e)
        {
            return new Dictionary<string, object?> { ["exceptionAtLoad"] = GoldenAssert.Describe(e, folder.Path) };
        }
        var result = new Dictionary<string, object?>
        {
            ["schema"] = Observed.NamesAndTypes(view.Schema),
            ["rowCount"] = view.GetRowCount(),
            ["rows"] = GoldenAssert.Capture(() => Observed.Rows(view), folder.Path),
        };
        if (log.Count > 0)
            result["log"] = log;
        return result;
    }

    public TextLoader.Options Options(bool useThreads, bool withColumns)
    {
        JsonElement given = golden.GetProperty("options");
        var options = new TextLoader.Options { UseThreads = useThreads, Separators = given.GetProperty("separators").GetString()!.ToCharArray() };
        if (given.TryGetProperty("hasHeader", out JsonElement value))
            options.HasHeader = value.GetBoolean();
        if (given.TryGetProperty("allowQuoting", out value))
            options.AllowQuoting = value.GetBoolean();
        if (given.TryGetProperty("trimWhitespace", out value))
            options.TrimWhitespace = value.GetBoolean();
        if (given.TryGetProperty("readMultilines", out value))
            options.ReadMultilines = value.GetBoolean();
        if (given.TryGetProperty("missingRealsAsNaNs", out value))
            options.MissingRealsAsNaNs = value.GetBoolean();
        if (given.TryGetProperty("escapeChar", out value))
            options.EscapeChar = value.GetString()!.Single();
        if (given.TryGetProperty("decimalMarker", out value))
            options.DecimalMarker = value.GetString()!.Single();
        if (given.TryGetProperty("maxRows", out value))
            options.MaxRows = value.GetInt64();
        if (withColumns && given.TryGetProperty("columns", out value))
            options.Columns = value.EnumerateArray().Select(Column).ToArray();
        return options;
    }

    private TextLoader.Column Column(JsonElement column, int index)
    {
        TextLoader.Range[] source = column.GetProperty("source").EnumerateArray().Select(s => Range(s.GetString()!)).ToArray();
        return new TextLoader.Column(column.GetProperty("name").GetString(), Enum.Parse<DataKind>(column.GetProperty("dataKind").GetString()!), source, KeyCountOf(index));
    }

    /// <summary>The files do not list key counts among the options; the schema that came out has them.</summary>
    private KeyCount? KeyCountOf(int index)
    {
        if (!golden.TryGetProperty("result", out JsonElement result) || !result.TryGetProperty("schema", out JsonElement schema))
            return null;
        Match key = KeyType().Match(schema[index].GetProperty("type").GetString()!);
        return key.Success ? new KeyCount(ulong.Parse(key.Groups[1].Value) + 1) : null;
    }

    private static TextLoader.Range Range(string text)
    {
        string[] bounds = text.Split('-');
        int min = int.Parse(bounds[0]);
        return bounds.Length == 1 ? new TextLoader.Range(min)
            : bounds[1] == "**" ? new TextLoader.Range { Min = min, VariableEnd = true }
            : bounds[1] == "*" ? new TextLoader.Range(min, null)
            : new TextLoader.Range(min, int.Parse(bounds[1]));
    }

    private byte[] Bytes() => golden.GetProperty("encoding").GetString()! switch
    {
        "utf-8" => InvalidWhereReplaced(Encoding.UTF8.GetBytes(_text)),
        "utf-8 with BOM" => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(_text)],
        "utf-16 with BOM" => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(_text)],
        string other => throw new InvalidDataException($"unknown encoding '{other}' in the golden cases"),
    };

    /// <summary>A replacement character in the text stands for a byte that is no UTF-8.</summary>
    private static byte[] InvalidWhereReplaced(byte[] bytes)
    {
        string latin = Encoding.Latin1.GetString(bytes);
        return Encoding.Latin1.GetBytes(latin.Replace("\u00ef\u00bf\u00bd", "\u00ff"));
    }

    [GeneratedRegex(@"^Key<\w+, 0-(\d+)>$")]
    private static partial Regex KeyType();
}
