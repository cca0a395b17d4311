namespace Microsoft.ML.DeLoRA.IO;

/// <summary>How texts out of files stand in messages.</summary>
internal static class Shown
{
    private const int Longest = 100;

    /// <summary>The text, or its start: a name in a file may have millions of characters.</summary>
    public static string Short(this string text) => text.Length <= Longest ? text : text[..Longest] + "...";
}
