using System.Globalization;

namespace Microsoft.ML.DeLoRA.Cli.Output;

/// <summary>A number with the word that fits it: 1 row, 2 rows.</summary>
internal static class Count
{
    public static string Of(long count, string one, string many)
        => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}");

    public static string Rows(long count) => Of(count, "row", "rows");
}
