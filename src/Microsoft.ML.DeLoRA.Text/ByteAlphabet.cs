namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// GPT-2's alphabet: one printable character for every byte. Bytes that are printable in Latin-1 stand for themselves, the
/// other 68 get U+0100, U+0101, ... in the order of their values (so a blank is written as U+0120).
/// </summary>
internal static class ByteAlphabet
{
    /// <summary>The 256 characters, by byte value.</summary>
    public static ReadOnlySpan<char> Characters => Table;

    private static readonly char[] Table = Build();

    private static char[] Build()
    {
        var table = new char[256];
        int next = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            table[value] = printable ? (char)value : (char)next++;
        }
        return table;
    }
}
