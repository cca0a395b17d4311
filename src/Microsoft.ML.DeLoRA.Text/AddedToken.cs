namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// A token beside the byte-pair vocabulary, such as <c>&lt;mask&gt;</c>: found in a text as it stands before anything else is cut.
/// </summary>
/// <param name="Content">Its text; not empty.</param>
/// <param name="Id">Its id.</param>
public sealed record AddedToken(string Content, int Id)
{
    /// <summary>Takes the white space before it away; Hugging Face's <c>lstrip</c>. Default false.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Takes the white space behind it away; Hugging Face's <c>rstrip</c>. Default false.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Is found only where no letter, digit or underscore touches it; Hugging Face's <c>single_word</c>. Default false.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Is looked for only between the tokens that are not normalized; RoBERTa itself normalises nothing. Default false.</summary>
    public bool Normalized { get; init; }

    /// <summary>Is a mark and no text. Default false.</summary>
    public bool Special { get; init; }
}
