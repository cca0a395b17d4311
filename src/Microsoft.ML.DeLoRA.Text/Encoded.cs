namespace Microsoft.ML.DeLoRA.Text;

/// <summary>A text, or a pair of texts, as a model reads it.</summary>
/// <param name="Ids">Token ids with the special ones: <c>&lt;s&gt; a &lt;/s&gt;</c> or <c>&lt;s&gt; a &lt;/s&gt;&lt;/s&gt; b &lt;/s&gt;</c>. No padding.</param>
/// <param name="IsTruncated">Whether tokens were cut off to keep within the maximum length.</param>
public readonly record struct Encoded(int[] Ids, bool IsTruncated);
