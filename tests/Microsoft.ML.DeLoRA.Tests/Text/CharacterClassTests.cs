using System.Text.Json;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>Every code point has the class that Python's regex module gives it.</summary>
public class CharacterClassTests
{
    [Theory]
    [InlineData("space", (int)CharacterClass.Space)]
    [InlineData("letter", (int)CharacterClass.Letter)]
    [InlineData("number", (int)CharacterClass.Number)]
    public void AgreesOnEveryCodePoint(string name, int expected)
    {
        var golden = new bool[0x110000];
        foreach (JsonElement range in GoldenEncodings.Read("char_classes.json").GetProperty(name).EnumerateArray())
            Array.Fill(golden, true, range[0].GetInt32(), range[1].GetInt32() - range[0].GetInt32() + 1);
        var wrong = Enumerable.Range(0, golden.Length)
            .Where(point => (CharacterClasses.Of(point) == (CharacterClass)expected) != golden[point]);
        Assert.Empty(wrong.Select(point => $"U+{point:X4}"));
    }
}
