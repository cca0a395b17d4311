using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// What a tokenizer does beside its vocabulary and merges; <c>tokenizer_settings.json</c> of a saved model whose settings are not RoBERTa's
/// own. Nothing that is read is trusted: <see cref="Resolve"/> compares it with the vocabulary.
/// </summary>
internal sealed record TokenizerSettings
{
    /// <summary>No known tokenizer adds so many; keeps a hostile file small.</summary>
    private const int MostAddedTokens = 100_000;

    private static readonly JsonSerializerOptions _json = new(SnakeCaseJson.Strict) { RespectRequiredConstructorParameters = true };

    /// <summary>The token with which every sequence begins; Hugging Face's <c>cls_token</c>.</summary>
    public string Begin { get; init; } = "<s>";

    /// <summary>The token with which every text ends; Hugging Face's <c>sep_token</c>.</summary>
    public string End { get; init; } = "</s>";

    public string Pad { get; init; } = "<pad>";

    /// <summary>What a byte becomes that is not in the vocabulary; null when all are.</summary>
    public string? Unknown { get; init; } = "<unk>";

    /// <summary>The token that masked-language modelling predicts; null when there is none.</summary>
    public string? Mask { get; init; } = "<mask>";

    /// <summary>Whether a blank is put before a text that has none, and behind an added token.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Whether a text that is too long loses its beginning and not its end.</summary>
    public bool TruncateLeft { get; init; }

    /// <summary>Whether special tokens in a text are text.</summary>
    public bool SplitSpecialTokens { get; init; }

    /// <summary>The most tokens that the model is meant for; null: not said.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The added tokens, special ones included.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TokenizerSettings Parse(ReadOnlySpan<byte> json, string source)
    {
        try
        {
            return JsonSerializer.Deserialize<TokenizerSettings>(json, _json) ?? throw new JsonException("It holds null.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{source} is damaged: {exception.Message}", exception);
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);

    /// <summary>These settings with the special tokens among the added ones, which the vocabulary gives their ids.</summary>
    /// <param name="ids">The vocabulary.</param>
    /// <param name="source">What it is, for messages.</param>
    /// <param name="isByteLevel">Whether it is of bytes: where it has all 256 it needs no token for what is unknown.</param>
    /// <exception cref="InvalidDataException">A token is missing, or one id has two tokens.</exception>
    public TokenizerSettings Resolve(IReadOnlyDictionary<string, int> ids, string source, bool isByteLevel = true)
    {
        CheckAdded(ids, source);
        var added = new List<AddedToken>(AddedTokens);
        foreach (string token in (string[])[Begin, Pad, End])
        {
            if (!Add(token))
                throw new InvalidDataException(
                    $"{source} has no token '{token}'. A {(isByteLevel ? "RoBERTa" : "BERT")} vocabulary has {Begin}, {Pad} and {End}; "
                    + $"this one has {ids.Count} tokens.");
        }
        string? missing = isByteLevel
            ? ByteAlphabet.Characters.ToArray().Select(c => c.ToString()).FirstOrDefault(c => !ids.ContainsKey(c))
            : null;
        bool hasUnknown = Unknown is not null && Add(Unknown);
        if (!isByteLevel && !hasUnknown)
            throw new InvalidDataException($"{source} has no token '{Unknown ?? "[UNK]"}', which stands for words that it does not have.");
        if (missing is not null && !(hasUnknown && ids.ContainsKey(Unknown!)))
            throw new InvalidDataException(
                $"{source} has no token '{missing}' for one of the 256 bytes, and no {Unknown ?? "<unk>"} to stand for it.");
        bool hasMask = Mask is not null && Add(Mask);
        if (MaxLength is < 4)
            throw new InvalidDataException($"{source}: the tokenizer's maximum length is {MaxLength}; at least 4 tokens are needed.");
        return this with
        {
            AddedTokens = [.. added.OrderBy(a => a.Id)],
            Unknown = hasUnknown ? Unknown : null,
            Mask = hasMask ? Mask : null
        };

        bool Add(string token)
        {
            if (added.Any(a => a.Content == token))
                return true;
            if (!ids.TryGetValue(token, out int id))
                return false;
            added.Add(new AddedToken(token, id) { StripsLeft = token == Mask, Special = true });
            return true;
        }
    }

    /// <summary>
    /// Whether these are, after <see cref="Resolve"/>, the settings that RoBERTa has with that vocabulary when no file says others.
    /// </summary>
    public bool AreUsual(IReadOnlyDictionary<string, int> ids)
    {
        var usual = new TokenizerSettings();
        string[] names = [.. ((string[])[usual.Begin, usual.End, usual.Pad, usual.Unknown!, usual.Mask!]).Where(ids.ContainsKey)];
        return this with { AddedTokens = usual.AddedTokens, Unknown = usual.Unknown, Mask = usual.Mask } == usual
            && names.Contains(Unknown ?? usual.Unknown) == (Unknown is not null)
            && names.Contains(Mask ?? usual.Mask) == (Mask is not null)
            && AddedTokens.Count == names.Length
            && AddedTokens.All(a => names.Contains(a.Content)
                && a == new AddedToken(a.Content, a.Id) { StripsLeft = a.Content == usual.Mask, Special = true });
    }

    /// <summary>The id of one of the special tokens.</summary>
    public int IdOf(string token) => AddedTokens.First(a => a.Content == token).Id;

    private void CheckAdded(IReadOnlyDictionary<string, int> ids, string source)
    {
        if (AddedTokens.Count > MostAddedTokens)
            throw new InvalidDataException($"{source}: there are {AddedTokens.Count:N0} added tokens; more than "
                + $"{MostAddedTokens:N0} are not read.");
        Dictionary<int, string> tokens = ids.ToDictionary(p => p.Value, p => p.Key);
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (AddedToken added in AddedTokens)
        {
            if (string.IsNullOrEmpty(added?.Content))
                throw new InvalidDataException($"{source}: an added token is empty.");
            if (added.Id is < 0 or > VocabularyFile.LargestId)
                throw new InvalidDataException($"{source}: the added token '{added.Content}' has the id {added.Id}; "
                    + $"expected is one from 0 to {VocabularyFile.LargestId}.");
            if (!contents.Add(added.Content))
                throw new InvalidDataException($"{source}: the added token '{added.Content}' is listed twice.");
            if (ids.TryGetValue(added.Content, out int own) && own != added.Id)
                throw new InvalidDataException($"{source}: the token '{added.Content}' has the id {own} in the vocabulary and {added.Id} "
                    + "among the added tokens. Do the files belong together?");
            if (!tokens.TryAdd(added.Id, added.Content) && tokens[added.Id] != added.Content)
                throw new InvalidDataException($"{source}: the tokens '{tokens[added.Id]}' and '{added.Content}' "
                    + $"have the same id {added.Id}. "
                    + "Do the files belong together?");
        }
    }
}
