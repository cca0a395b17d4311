namespace Microsoft.ML.DeLoRA.Text;

/// <summary>Turns texts, and pairs of texts, into the token ids that a model reads.</summary>
/// <remarks>
/// Implementations are immutable and thread-safe. Texts must be valid Unicode: half of a surrogate pair is an
/// <see cref="ArgumentException"/>, where Hugging Face raises too.
/// </remarks>
public interface ITextTokenizer
{
    /// <summary>How many rows an embedding for these ids needs: the highest id plus one.</summary>
    int VocabularySize { get; }

    /// <summary>The id with which every sequence begins; Hugging Face's <c>cls_token</c>.</summary>
    int BeginId { get; }

    /// <summary>The id with which every text ends; Hugging Face's <c>sep_token</c>.</summary>
    int EndId { get; }

    /// <summary>The id of padding.</summary>
    int PadId { get; }

    /// <summary>The id of what the vocabulary does not have; null where it has all.</summary>
    int? UnknownId { get; }

    /// <summary>The id that masked-language modelling predicts; null where the vocabulary has none.</summary>
    int? MaskId { get; }

    /// <summary>The most tokens that the model is meant for (<c>model_max_length</c>); null where the files do not say.</summary>
    int? MaxLength { get; }

    /// <summary>
    /// What a saved model keeps, each file byte for byte as it was read: enough to make the same tokenizer again.
    /// </summary>
    IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> Files { get; }

    /// <summary>The tokens of the whole text, without special ones at its ends.</summary>
    /// <exception cref="ArgumentException">The text holds half of a surrogate pair.</exception>
    int[] EncodeWithoutSpecialTokens(string text);

    /// <summary>
    /// Encodes a text, or a pair of texts, cut to <paramref name="maxLength"/> tokens: whichever text is longer loses its last
    /// token until the sum fits; where both are equally long the second one does.
    /// </summary>
    /// <param name="text">The text; may be empty.</param>
    /// <param name="pair">The second text, or null for a single one. An empty second text is still a pair.</param>
    /// <param name="maxLength">The most tokens to give; at least the special ones that are always there.</param>
    /// <exception cref="ArgumentException">A text holds half of a surrogate pair, or <paramref name="maxLength"/> is too small.</exception>
    Encoded Encode(string text, string? pair, int maxLength);
}

/// <summary>A text, or a pair of texts, as a model reads it.</summary>
/// <param name="Ids">
/// Token ids with the special ones and without padding: RoBERTa's <c>&lt;s&gt; a &lt;/s&gt;</c> or
/// <c>&lt;s&gt; a &lt;/s&gt;&lt;/s&gt; b &lt;/s&gt;</c>.
/// </param>
/// <param name="IsTruncated">Whether tokens were cut off to keep within the maximum length.</param>
/// <param name="SecondStart">
/// Where the second text begins, in <paramref name="Ids"/>: what stands before it, special tokens included, belongs to the first. For a
/// single
/// text the number of ids.
/// </param>
public readonly record struct Encoded(int[] Ids, bool IsTruncated, int SecondStart);
