namespace Microsoft.ML.Tokenizers;

/// <summary>What a <see cref="BpeTokenizer"/> is made of.</summary>
public sealed class BpeOptions
{
    public BpeOptions(IEnumerable<KeyValuePair<string, int>> vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Vocabulary = vocabulary;
    }

    /// <summary>Tokens and their ids.</summary>
    public IEnumerable<KeyValuePair<string, int>> Vocabulary { get; }

    /// <summary>Pairs "left right" that are merged, the most urgent first.</summary>
    public IEnumerable<string>? Merges { get; set; }

    /// <summary>Whether words are turned into UTF-8 bytes, each written as one printable character. Only true is supported here.</summary>
    public bool ByteLevel { get; set; }

    /// <summary>What cuts text into words. Must be set here.</summary>
    public PreTokenizer? PreTokenizer { get; set; }

    /// <summary>Words with an id of their own, which are never cut.</summary>
    public IReadOnlyDictionary<string, int>? SpecialTokens { get; set; }

    /// <summary>The token that stands for characters outside of the vocabulary.</summary>
    public string? UnknownToken { get; set; }
}
