namespace Microsoft.ML.Tokenizers;

/// <summary>Turns text into ids. Instances are thread-safe.</summary>
public abstract class Tokenizer
{
    protected Tokenizer()
    {
    }

    public IReadOnlyList<int> EncodeToIds(string text, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(text, considerPreTokenization);
    }

    internal abstract List<int> Encode(string text, bool considerPreTokenization);
}
