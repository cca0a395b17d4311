using System.Text;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Pretraining;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.IO;

public class Utf8TextTests
{
    private static readonly byte[] _latin1 = [.. "text\tlabel\ngood\tcaf"u8, 0xE9, .. "\nbad\tcaf"u8, 0xE8, .. "\n"u8];

    [Fact]
    public void The_first_byte_that_is_no_UTF8_is_named_with_its_line()
    {
        string message = Assert.Throws<InvalidDataException>(() => Utf8Text.Decode(_latin1, "data.tsv")).Message;
        // 9 = "good\tcaf" and the byte itself; 20 = the first line with its end before it.
        Assert.Equal("data.tsv, line 2: not valid UTF-8: byte 9 of the line (byte 20 of all) is 0xE9. Save it as UTF-8.", message);
    }

    [Theory]
    [InlineData("utf-16", "UTF-16, as its byte-order mark says")]
    [InlineData("utf-16BE", "UTF-16, as its byte-order mark says")]
    [InlineData("utf-32", "UTF-32, as its byte-order mark says")]
    public void Another_encoding_of_Unicode_is_named(string name, string message)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        byte[] content = [.. encoding.GetPreamble(), .. encoding.GetBytes("text\tlabel\na\tb\n")];
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Utf8Text.Decode(content, "f")).Message);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void UTF16_without_a_mark_is_named(string name)
    {
        byte[] content = Encoding.GetEncoding(name).GetBytes("text\tlabel\n");
        Assert.Contains("UTF-16, as every other byte", Assert.Throws<InvalidDataException>(() => Utf8Text.Decode(content, "f")).Message);
    }

    [Fact]
    public void A_byte_that_is_0_is_refused()
    {
        string message = Assert.Throws<InvalidDataException>(() => Utf8Text.Decode("abc\r\nde\0f\n"u8, "f")).Message;
        Assert.StartsWith("f, line 2: byte 3 of the line (byte 8 of all) is 0, which no text has.", message);
    }

    [Theory]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, 0x61 }, "a")]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF }, "")]
    [InlineData(new byte[] { 0xC3, 0xA9, 0xF0, 0x9F, 0x98, 0x80 }, "é😀")]
    public void UTF8_is_read_with_or_without_its_mark(byte[] content, string text) => Assert.Equal(text, Utf8Text.Decode(content, "f"));

    [Theory]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF5, 0x80, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    public void Overlong_surrogate_and_cut_sequences_are_refused(byte[] content)
        => Assert.Contains("byte 2 of the line",
            Assert.Throws<InvalidDataException>(() => Utf8Text.Decode([0x61, .. content], "f")).Message);

    /// <summary>Everything of the product that reads text: a name and what reads a file of that name in a folder.</summary>
    public static TheoryData<string, string, int> Readers() => new()
    {
        { "data.tsv", "text\tlabel\na\tXX\n", 2 },
        { "data.csv", "text,label\na,XX\n", 2 },
        { "data.jsonl", "{\"text\": \"a\", \"label\": \"b\"}\n{\"text\": \"a\", \"label\": \"XX\"}\n", 2 },
        { "glue.tsv", "sentence\tlabel\nXX\t1\n", 2 },
        { "glue.jsonl", "{\"sentence\": \"XX\", \"label\": 1}\n", 1 },
        { "vocab.json", "{\"a\": 0,\n\"XX\": 1}", 2 },
        { "merges.txt", "#version: 0.2\nXX b\n", 2 },
        { "config.json", "{\"model_type\": \"roberta\",\n\"name\": \"XX\"}", 2 },
        { "adapter_config.json", "{\n\"peft_type\": \"XX\"}", 2 },
        { "model.safetensors.index.json", "{\n\n\"weight_map\": {\"XX\": \"b.safetensors\"}}", 3 },
        { "corpus.txt", "one\ntwo XX\n", 2 },
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void Whatever_reads_text_refuses_Latin1_with_file_and_line(string name, string content, int line)
    {
        using var folder = new TemporaryDirectory();
        byte[] bytes = Encoding.Latin1.GetBytes(content.Replace("XX", "caf\u00e9"));
        TinyBase.WriteTo(folder.Path);
        if (name.StartsWith("model.safetensors", StringComparison.Ordinal))
            File.Delete(folder["model.safetensors"]);
        File.WriteAllBytes(folder["adapter_model.safetensors"], []);
        File.WriteAllBytes(folder[name], bytes);
        string message = Assert.Throws<InvalidDataException>(() => Read(folder, name)).Message;
        Assert.Contains($"{name}, line {line}: not valid UTF-8: byte ", message);
        Assert.Contains("is 0xE9", message);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    public void A_byte_order_mark_is_no_fault_of_a_model_directory(string name)
    {
        using var folder = new TemporaryDirectory();
        TinyBase.WriteTo(folder.Path);
        File.WriteAllBytes(folder[name], [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(folder[name])]);
        using var model = Microsoft.ML.DeLoRA.Models.BaseModel.Open(folder.Path);
        Assert.Equal(TinyBase.Configuration.HiddenSize, model.Configuration.HiddenSize);
    }

    private static void Read(TemporaryDirectory folder, string name)
    {
        string path = folder[name];
        switch (name.Split('.')[0])
        {
            case "data":
                TableReader.Read(path, new TableFormat(), ["text", "label"]);
                break;
            case "glue":
                GlueData.Read(GlueTasks.Sst2, path);
                break;
            case "adapter_config":
                using (PeftDirectory.Open(folder.Path))
                    break;
            case "corpus":
                Assert.NotEmpty(Corpus.Lines(path).ToList());
                break;
            case "vocab" or "merges":
                RobertaTokenizer.FromDirectory(folder.Path);
                break;
            default:
                using (ModelDirectory.Open(folder.Path))
                    break;
        }
    }
}
