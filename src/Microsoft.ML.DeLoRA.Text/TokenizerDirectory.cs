using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// The tokenizer's files in a Hugging Face directory: tokenizer.json, else a vocabulary; beside them tokenizer_config.json,
/// special_tokens_map.json and added_tokens.json, each with the weight that Hugging Face's AutoTokenizer gives it. Nothing in them is
/// trusted.
/// </summary>
/// <param name="directory">The directory.</param>
/// <param name="kind">What tokenizer is expected.</param>
internal sealed class TokenizerDirectory(string directory, TokenizerKind kind)
{
    private const string FastFile = "tokenizer.json";
    private const string ConfigurationFile = "tokenizer_config.json";
    private const string SpecialFile = "special_tokens_map.json";
    private const string AddedFile = "added_tokens.json";
    private const string AddPrefixSpace = "add_prefix_space";
    private const string Additional = "additional_special_tokens";

    /// <summary>Whether there is a tokenizer.json, which holds all, and then other vocabularies count for nothing.</summary>
    public bool IsFast => File.Exists(Path(FastFile));

    /// <summary>The path of tokenizer.json.</summary>
    public string FastPath => Path(FastFile);

    /// <summary>Whether a directory has a tokenizer.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="vocabulary">The name of the vocabulary's own file.</param>
    public static bool HasTokenizer(string directory, string vocabulary)
        => File.Exists(System.IO.Path.Combine(directory, FastFile)) || File.Exists(System.IO.Path.Combine(directory, vocabulary));

    /// <summary>The content of a file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public byte[] Read(string name) => TokenizerFiles.Read(Path(name), kind);

    /// <summary>The path of a file.</summary>
    public string Path(string name) => System.IO.Path.Combine(directory, name);

    /// <summary>Something that tokenizer_config.json says.</summary>
    public T FromConfiguration<T>(Func<TokenizerKeys, T> read)
    {
        using JsonDocument file = Open(ConfigurationFile);
        return read(Keys(file, ConfigurationFile));
    }

    /// <summary>What the files say beside the vocabulary.</summary>
    /// <param name="ids">The vocabulary.</param>
    /// <param name="fast">What tokenizer.json says; null: there is none.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or two say different things.</exception>
    /// <exception cref="NotSupportedException">It is another tokenizer's configuration.</exception>
    public TokenizerSettings Settings(IReadOnlyDictionary<string, int> ids, TokenizerSettings? fast)
    {
        using JsonDocument configurationFile = Open(ConfigurationFile), specialFile = Open(SpecialFile), addedFile = Open(AddedFile);
        TokenizerKeys configuration = Keys(configurationFile, ConfigurationFile), special = Keys(specialFile, SpecialFile);
        TokenizerKeys olderAdded = Keys(addedFile, AddedFile);
        if (configuration.Text("tokenizer_class") is { } name && !kind.Classes.Any(c => name.StartsWith(c, StringComparison.Ordinal)))
            throw configuration.Unsupported("tokenizer_class", $"\"{kind.Classes[0]}Tokenizer\"");

        var added = (fast?.AddedTokens ?? []).DistinctBy(t => t.Content).ToDictionary(t => t.Content, StringComparer.Ordinal);
        // The two older files count only where the newer one does not list the added tokens itself.
        bool isListed = configuration.Has("added_tokens_decoder");
        if (isListed)
            AddListed(configuration.Object("added_tokens_decoder"), added);
        Dictionary<string, TokenizerKeys> holders =
            kind.Tokens.Keys.ToDictionary(k => k, k => !isListed && special.Mentions(k) ? special : configuration);
        Dictionary<string, string?> names =
            holders.ToDictionary(h => h.Key, h => h.Value.Mentions(h.Key) ? h.Value.TokenName(h.Key) : kind.Tokens[h.Key]);
        TokenizerKeys further = !isListed && special.Has(Additional) ? special : configuration;
        AddedToken[] additional = [.. ((string[])[Additional, "extra_special_tokens"]).SelectMany(further.SpecialTokens)];
        if (!isListed)
            AddOlder(olderAdded, [.. names.Values, .. additional.Select(a => a.Content)], added);
        foreach ((string key, TokenizerKeys holder) in holders.Where(h => h.Value.Has(h.Key)))
            AddSpecial(holder, key, isListed, ids, added);
        AddFurther(additional, ids, added);

        return new TokenizerSettings
        {
            Begin = fast?.Begin ?? names["cls_token"] ?? throw holders["cls_token"].Wrong("cls_token", "a token"),
            End = fast?.End ?? names["sep_token"] ?? throw holders["sep_token"].Wrong("sep_token", "a token"),
            Pad = names["pad_token"] ?? throw holders["pad_token"].Wrong("pad_token", "a token"),
            Unknown = names["unk_token"],
            Mask = names["mask_token"],
            AddPrefixSpace = ReadPrefixSpace(configuration, fast),
            TruncateLeft = configuration.Text("truncation_side") switch
            {
                null or "right" => false,
                "left" => true,
                _ => throw configuration.Wrong("truncation_side", "\"left\" or \"right\""),
            },
            SplitSpecialTokens = configuration.Boolean("split_special_tokens") ?? false,
            MaxLength = ReadMaxLength(configuration),
            AddedTokens = [.. added.Values],
        };
    }

    private static void AddListed(TokenizerKeys listed, Dictionary<string, AddedToken> added)
    {
        foreach (JsonProperty entry in listed.Element.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                throw listed.Wrong(entry.Name, "a token under its id, a whole number");
            AddedToken token = listed.Object(entry.Name).ReadToken(id);
            added[token.Content] = token;
        }
    }

    private static void AddOlder(TokenizerKeys older, string?[] special, Dictionary<string, AddedToken> added)
    {
        foreach (JsonProperty entry in older.Element.EnumerateObject())
        {
            bool isSpecial = special.Contains(entry.Name);
            added.TryAdd(entry.Name,
                new AddedToken(entry.Name, older.Integer(entry.Name)) { Special = isSpecial, Normalized = !isSpecial });
        }
    }

    // <mask> that is given as a text takes the blanks before it away; given with its settings, it does what they say.
    private static void AddSpecial(
        TokenizerKeys holder, string key, bool isListed, IReadOnlyDictionary<string, int> ids, Dictionary<string, AddedToken> added)
    {
        string content = holder.TokenName(key)!;
        bool hasSettings = holder.Element.GetProperty(key).ValueKind == JsonValueKind.Object;
        AddedToken? known = added.GetValueOrDefault(content);
        if ((known is null && !ids.ContainsKey(content)) || (known is not null && (isListed || !hasSettings)))
            return;
        int id = known?.Id ?? ids[content];
        added[content] = hasSettings
            ? holder.Object(key).ReadToken(id, special: true)
            : new AddedToken(content, id) { StripsLeft = key == "mask_token", Special = true };
    }

    private static void AddFurther(IEnumerable<AddedToken> tokens, IReadOnlyDictionary<string, int> ids,
        Dictionary<string, AddedToken> added)
    {
        foreach (AddedToken token in tokens)
        {
            // As Hugging Face does: behind the last one.
            int next = ids.Values.Concat(added.Values.Select(a => a.Id)).DefaultIfEmpty(-1).Max() + 1;
            added.TryAdd(token.Content, token with { Id = ids.TryGetValue(token.Content, out int own) ? own : next });
        }
    }

    private bool ReadPrefixSpace(TokenizerKeys configuration, TokenizerSettings? fast)
    {
        if (configuration.Boolean(AddPrefixSpace) is { } said)
            return said;
        // There tokenizer.json's own library and RobertaTokenizer, whose default is false, give different ids.
        return fast?.AddPrefixSpace != true ? false : throw new InvalidDataException(
            $"{FastPath} says {AddPrefixSpace} true, and no {ConfigurationFile} says it, without which Hugging Face's RobertaTokenizer "
            + $"takes it for false. Write \"{AddPrefixSpace}\": true or false into {Path(ConfigurationFile)}.");
    }

    private static int? ReadMaxLength(TokenizerKeys configuration)
    {
        const string key = "model_max_length";
        if (!configuration.Has(key))
            return null;
        if (configuration.Element.GetProperty(key) is not { ValueKind: JsonValueKind.Number } value
            || !value.TryGetDouble(out double length) || !(length >= 4))
            throw configuration.Wrong(key, "a number of tokens, at least 4");
        // Hugging Face writes 1e30 where nobody said one.
        return length >= int.MaxValue ? null : (int)length;
    }

    private TokenizerKeys Keys(JsonDocument file, string name) => new(file.RootElement, Path(name), kind);

    private JsonDocument Open(string name)
        => File.Exists(Path(name)) ? TokenizerFiles.ParseObject(Read(name), Path(name)) : JsonDocument.Parse("{}");
}
