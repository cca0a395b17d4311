namespace Microsoft.ML.DeLoRA.Text;

/// <summary>Checks that a string is Unicode text.</summary>
internal static class UnicodeText
{
    /// <summary>Throws when a surrogate lacks its other half.</summary>
    public static void ThrowIfInvalid(string text, string parameterName)
    {
        int start = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (int i = start; i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
            {
                throw new ArgumentException(
                    $"The text is not valid Unicode: the character at position {i} (\\u{(int)text[i]:X4}) is half of a surrogate pair. "
                    + "Repair the text where it is read, for example with a fallback encoding.", parameterName);
            }
            i++;
        }
    }
}
