using System.Text;
using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

/// <summary>A result that was damaged is not taken for one.</summary>
public sealed class ResultFileTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static Figures Result
        => new(0.8125, double.NaN, "é \"quoted\" <b>", [0.1f, 1e-30f], new JsonObject { ["rate"] = 1e-3, ["off"] = null });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_written_is_read(bool compact)
    {
        ResultFile.Write(_folder["deep/a.json"], Result, compact);
        Figures found = ResultFile.Read<Figures>(_folder["deep/a.json"], "a test");
        Assert.Equal((Result.Value, Result.Loss, Result.Name), (found.Value, found.Loss, found.Name));
        Assert.Equal(Result.Rates, found.Rates);
        Assert.True(JsonNode.DeepEquals(Result.Settings, found.Settings));
        Assert.Equal(compact ? 1 : 14, File.ReadAllLines(_folder["deep/a.json"]).Length);
    }

    [Fact]
    public void One_bit_anywhere_is_found_or_changes_nothing()
    {
        ResultFile.Write(_folder["a.json"], Result);
        byte[] good = File.ReadAllBytes(_folder["a.json"]);
        int refused = 0;
        for (int at = 0; at < good.Length; at++)
        {
            byte[] flipped = [.. good];
            flipped[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(_folder["a.json"], flipped);
            try
            {
                Figures found = ResultFile.Read<Figures>(_folder["a.json"], "a test");
                Assert.Equal((Result.Value, Result.Name), (found.Value, found.Name));
                Assert.Equal(Result.Rates, found.Rates);
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("a.json", e.Message);
                refused++;
            }
        }
        Assert.InRange(refused, good.Length / 2, good.Length);
    }

    [Fact]
    public void Files_of_earlier_versions_have_no_checksum_and_are_read()
    {
        ResultFile.Write(_folder["a.json"], Result);
        string[] lines = File.ReadAllLines(_folder["a.json"]);
        File.WriteAllLines(_folder["a.json"], lines.Where(l => !l.Contains("crc32c")).Select(l => l == "  }," ? "  }" : l));
        Assert.Equal(Result.Value, ResultFile.Read<Figures>(_folder["a.json"], "a test").Value);
    }

    [Fact]
    public void Line_ends_and_indentation_may_change()
    {
        ResultFile.Write(_folder["a.json"], Result);
        string text = File.ReadAllText(_folder["a.json"]).ReplaceLineEndings("\r\n").Replace("  ", "\t");
        File.WriteAllText(_folder["a.json"], text, new UTF8Encoding(false));
        Assert.Equal(Result.Value, ResultFile.Read<Figures>(_folder["a.json"], "a test").Value);
    }

    private sealed record Figures(double Value, double Loss, string Name, float[] Rates, JsonObject Settings);
}
