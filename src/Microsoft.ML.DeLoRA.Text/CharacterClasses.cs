namespace Microsoft.ML.DeLoRA.Text;

/// <summary>The four kinds of code points that the GPT-2 pattern tells apart.</summary>
internal enum CharacterClass : byte
{
    Other,
    Letter,
    Number,
    Space,
}

/// <summary>Looks up the <see cref="CharacterClass"/> of a code point.</summary>
internal static class CharacterClasses
{
    private static readonly CharacterClass[] Table = Build();

    /// <summary>The class of the code point that starts at <paramref name="index"/>; half of a surrogate pair alone is Other.</summary>
    public static CharacterClass At(ReadOnlySpan<char> text, int index, out int width)
    {
        int codePoint = text[index];
        width = 1;
        if (char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            codePoint = char.ConvertToUtf32(text[index], text[index + 1]);
            width = 2;
        }
        return Of(codePoint);
    }

    public static CharacterClass Of(int codePoint) => codePoint < Table.Length ? Table[codePoint] : CharacterClass.Other;

    /// <summary>What Python's str.rstrip removes: white space and the four information separators.</summary>
    public static bool IsStrippable(char character) => Of(character) == CharacterClass.Space || character is >= '\u001C' and <= '\u001F';

    private static CharacterClass[] Build()
    {
        ReadOnlySpan<int> spaces =
        [
            0x9, 0xD, 0x20, 0x20, 0x85, 0x85, 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029, 0x202F, 0x202F, 0x205F, 0x205F,
            0x3000, 0x3000,
        ];
        var table = new CharacterClass[Math.Max(CharacterClassTable.Letters[^1], CharacterClassTable.Numbers[^1]) + 1];
        Fill(table, spaces, CharacterClass.Space);
        Fill(table, CharacterClassTable.Letters, CharacterClass.Letter);
        Fill(table, CharacterClassTable.Numbers, CharacterClass.Number);
        return table;
    }

    private static void Fill(CharacterClass[] table, ReadOnlySpan<int> ranges, CharacterClass value)
    {
        for (int i = 0; i < ranges.Length; i += 2)
            table.AsSpan(ranges[i], ranges[i + 1] - ranges[i] + 1).Fill(value);
    }
}
