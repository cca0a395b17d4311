using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>A confusion matrix as text. Names too long for a column head stand in the rows only, with the numbers of the classes.</summary>
internal static class ConfusionTable
{
    private const string Predicted = "PREDICTED";

    public static string Format(ConfusionMatrix matrix, string[] names)
    {
        int width = names.Length == 2 ? 8 : 5;
        bool numbered = names.Any(name => name.Length > width);
        string[] numbers = names.Select((_, i) => i.ToString(CultureInfo.InvariantCulture)).ToArray();
        string[] labels = numbered ? Numbered(numbers, names) : names;
        int labelWidth = Math.Max(Predicted.Length, labels.Max(label => label.Length));
        string rule = new('=', names.Length * (width + 3));

        var text = new StringBuilder("\nConfusion table\n");
        Row("", rule);
        Row(Predicted, Cells(numbered ? numbers : names, width) + " Recall");
        Row("TRUTH", rule);
        for (int i = 0; i < names.Length; i++)
        {
            string counts = Cells(matrix.Counts[i].Select(c => c.ToString(CultureInfo.InvariantCulture)), width);
            Row(labels[i].PadLeft(labelWidth), $"{counts} {Fraction(matrix.PerClassRecall[i])}");
        }
        Row("", rule);
        Row("Precision", string.Concat(matrix.PerClassPrecision.Select(p => Fraction(p).PadLeft(width + 1) + " |")));
        return text.ToString();

        void Row(string head, string cells) => text.Append(head.PadRight(labelWidth)).Append(" ||").Append(cells).Append('\n');
    }

    private static string[] Numbered(string[] numbers, string[] names)
    {
        int numberWidth = numbers[^1].Length;
        int nameWidth = Math.Max(names.Max(name => name.Length), Predicted.Length - numberWidth - 2);
        return names.Select((name, i) => $"{numbers[i].PadLeft(numberWidth)}. {name.PadLeft(nameWidth)}").ToArray();
    }

    private static string Cells(IEnumerable<string> cells, int width) => string.Concat(cells.Select(cell => $" {cell.PadLeft(width)} |"));

    private static string Fraction(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
}
