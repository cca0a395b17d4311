using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>Reads vocab.json: one object that maps every token to its id. The content is not trusted.</summary>
internal static class VocabularyFile
{
    /// <summary>What config.json may say at most, less one; no known vocabulary is near this.</summary>
    public const int LargestId = (1 << 20) - 1;

    public static Dictionary<string, int> Parse(ReadOnlySpan<byte> content, string source)
    {
        Utf8Text.Check(content, source);
        if (content.StartsWith("\uFEFF"u8))
            content = content[3..];
        try
        {
            return Read(content, source);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape such as \ud800 that is no text.
            throw new InvalidDataException($"{source} is not a valid vocabulary: {exception.Message} "
                + "Expected one JSON object of the form {\"token\": id, ...}.", exception);
        }
    }

    private static Dictionary<string, int> Read(ReadOnlySpan<byte> content, string source)
    {
        var reader = new Utf8JsonReader(content);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException($"{source} is not a valid vocabulary: it holds {reader.TokenType}, "
                + "expected one JSON object of the form {\"token\": id, ...}.");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = new Dictionary<int, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string token = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0 || id > LargestId)
                throw new InvalidDataException($"{source}: the id of token '{token.Short()}' must be a whole "
                    + $"number from 0 to {LargestId}.");
            if (!ids.TryAdd(token, id))
                throw new InvalidDataException($"{source}: the token '{token.Short()}' is listed twice.");
            if (!tokens.TryAdd(id, token))
                throw new InvalidDataException($"{source}: the tokens '{tokens[id].Short()}' and '{token.Short()}' have the same id {id}.");
        }
        if (reader.Read())
            throw new JsonException("There is more behind the object.");
        return ids;
    }
}

/// <summary>
/// Reads merges.txt: an optional line "#version ...", then one merge "left right" a line, the most urgent first. Not trusted.
/// </summary>
internal static class MergesFile
{
    public static List<string> Parse(ReadOnlySpan<byte> content, string source, Dictionary<string, int> vocabulary)
    {
        string text = Utf8Text.Decode(content, source);
        var merges = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int lineNumber = 0;
        foreach (Range line in text.AsSpan().Split('\n'))
        {
            string merge = text[line].TrimEnd('\r');
            lineNumber++;
            if (merge.Length == 0 || (lineNumber == 1 && merge.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            Check(merge, $"{source}, line {lineNumber}", vocabulary);
            if (!seen.Add(merge))
                throw new InvalidDataException($"{source}, line {lineNumber}: the merge '{merge.Short()}' is listed twice.");
            merges.Add(merge);
        }
        return merges;
    }

    /// <summary>
    /// Refuses merges that belong to another vocabulary, or are cut off: many of its tokens could never come out of a text.
    /// </summary>
    /// <exception cref="InvalidDataException">Without any merge, or with more than a tenth of the tokens out of reach.</exception>
    public static void CheckComplete(
        IReadOnlyList<string> merges, IReadOnlyDictionary<string, int> vocabulary, IEnumerable<AddedToken> added, string source)
    {
        HashSet<string> made = [.. merges.Select(m => m.Replace(" ", "", StringComparison.Ordinal)), .. added.Select(a => a.Content)];
        // Single bytes are there from the start; what has brackets is a mark that somebody reserved, such as <|endoftext|>.
        string[] words = [.. vocabulary.Keys.Where(t => t.Length > 1 && !IsMark(t))];
        int lost = words.Count(t => !made.Contains(t));
        if (lost == 0 || (merges.Count > 0 && lost <= words.Length / 10))
            return;
        throw new InvalidDataException(
            $"{source} has {merges.Count:N0} merges, with which {lost:N0} of the vocabulary's {words.Length:N0} tokens "
                + "of several bytes cannot come "
            + $"out of any text, such as '{words.First(t => !made.Contains(t))}'. Is the file cut off, or that of another vocabulary?");

        static bool IsMark(string token) => (token[0], token[^1]) is ('<', '>') or ('[', ']');
    }

    private static void Check(string merge, string place, Dictionary<string, int> vocabulary)
    {
        string[] parts = merge.Split(' ');
        if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            throw new InvalidDataException($"{place}: '{merge.Short()}' is not a merge; expected two tokens with one blank between them.");
        foreach (string token in (string[])[parts[0], parts[1], parts[0] + parts[1]])
        {
            if (!vocabulary.ContainsKey(token))
                throw new InvalidDataException($"{place}: the merge '{merge.Short()}' needs the token '{token.Short()}', "
                    + "which is not in the vocabulary. Do the two files belong together?");
        }
    }
}

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
