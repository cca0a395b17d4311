using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>
/// How values of options are read: whole numbers as such, numbers with a decimal point and finite, also in 32 bits
/// (System.CommandLine's own reading takes "0,003" for 3 and "NaN" for a number), no empty texts, and flags without a value.
/// </summary>
internal static class OptionValues
{
    /// <summary>Has an option read its values so, whatever command it belongs to.</summary>
    public static void CheckStrictly(Option option)
    {
        switch (option)
        {
            case Option<bool>:
                option.Arity = ArgumentArity.Zero;
                break;
            case Option<int> whole:
                whole.CustomParser = result => Whole(result, result.Tokens[0].Value);
                break;
            case Option<int?> whole:
                whole.CustomParser = result => Whole(result, result.Tokens[0].Value);
                break;
            case Option<double> number:
                number.CustomParser = result => Number(result, result.Tokens[0].Value);
                break;
            case Option<double?> number:
                number.CustomParser = result => Number(result, result.Tokens[0].Value);
                break;
            case Option<double[]> numbers:
                numbers.CustomParser = result => [.. result.Tokens.Select(t => Number(result, t.Value))];
                break;
        }
    }

    private static int Whole(ArgumentResult result, string text)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            bool isLarge = text.Length > 9 && text.All(char.IsAsciiDigit);
            result.AddError($"'{text}' is no whole number{(isLarge ? $" up to {int.MaxValue}" : "")}.");
        }
        return number;
    }

    private static double Number(ArgumentResult result, string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
        {
            bool hasComma = text.Contains(',', StringComparison.Ordinal);
            result.AddError($"'{text}' is no finite number{(hasComma ? "; write it with a decimal point" : "")}.");
        }
        else if (Math.Abs(number) > float.MaxValue)
        {
            result.AddError($"'{text}' is too large: models compute with numbers up to 3.4e38.");
        }
        return number;
    }
}
