namespace Microsoft.ML.DeLoRA.Text;

/// <summary>The four kinds of code points that the GPT-2 pattern tells apart.</summary>
internal enum CharacterClass : byte
{
    Other,
    Letter,
    Number,
    Space,
}
