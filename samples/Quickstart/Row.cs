namespace Quickstart;

/// <summary>A row of the file, whatever its columns are called there.</summary>
internal sealed class Row
{
    public string Text { get; set; } = "";

    public string Text2 { get; set; } = "";

    public string Label { get; set; } = "";

    public string Split { get; set; } = "";

    /// <summary>Three messages that are not in the file.</summary>
    public static Row[] Typed { get; } =
    [
        new() { Text = "my parcel was supposed to be here on tuesday and the tracking page has not moved since" },
        new() { Text = "You took 19.99 from my card twice this month, please give one of them back." },
        new() { Text = "I can't log in any more, the reset link never arrives" },
    ];
}
