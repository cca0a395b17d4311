namespace Microsoft.ML.DeLoRA.BaseModels.Vocabulary;

/// <summary>How a student's vocabulary is trained.</summary>
internal sealed record VocabularyOptions
{
    /// <summary>The corpus files.</summary>
    public required IReadOnlyList<string> Corpus { get; init; }

    /// <summary>The directory to write to.</summary>
    public required string Output { get; init; }

    /// <summary>Tokens, special ones and the 256 bytes included.</summary>
    public int Size { get; init; } = 32_000;

    /// <summary>What the counts of words are multiplied by that are one token of the teacher's.</summary>
    public int KnownWordFactor { get; init; } = 10;

    /// <summary>What is added to the forms " w", " W", "W" and "w" of such a word, as a share of all its occurrences.</summary>
    public IReadOnlyList<double> FormShares { get; init; } = [0, 0, 0, 0];

    /// <summary>The occurrences that each everyday word (everyday-words.txt) has at least, in lower case behind a blank.</summary>
    public int EverydayCount { get; init; } = 500;

    /// <summary>Parts that occur less often, weights included, are left out.</summary>
    public int LeastCount { get; init; } = 8;
}
