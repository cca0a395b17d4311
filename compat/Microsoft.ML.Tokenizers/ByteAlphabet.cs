namespace Microsoft.ML.Tokenizers;

/// <summary>
/// The byte-level alphabet: every byte has one printable character. Printable bytes stand for themselves,
/// the others get the characters from U+0100 on, in order.
/// </summary>
internal static class ByteAlphabet
{
    public static readonly char[] CharacterOfByte = Build();

    private static char[] Build()
    {
        var characters = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
            characters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : (char)next++;
        return characters;
    }
}
