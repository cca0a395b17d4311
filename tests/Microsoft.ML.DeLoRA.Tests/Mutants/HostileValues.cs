namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>Values, as JSON writes them, that readers are known to stumble over.</summary>
internal static class HostileValues
{
    public static IReadOnlyList<string> Texts { get; } =
    [
        "\"\"", "\" \"", "\"a\"", "\"null\"", "\"true\"", "\"1\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
        "\"../../etc/passwd\"",
        "\"/dev/zero\"", "\"System.Diagnostics.Process\"", "\"all-linear\"", "\"query\"", "\"value\"", "\"classifier\"",
        "\"embeddings.LayerNorm\"",
        "\"^\"", "\"^(((\"", "\"(\"", "\"^.*$\"", "\".*\"", "\"^(([a-z.0-9]+)+)+!$\"", "\"(([a-z.0-9_]+)*)*!\"", "\"(.*.*.*.*.*.*.*.*)*!\"",
        "\"^(a|e|n|(?:[a-z.0-9]|.)+)+#$\"", "\"(?P<name>query)\"", "\"(?=x\"", "\"[z-a]\"", "\"a{2147483648}\"", "\"\\\\\"", "\"NaN\"",
        "\"Infinity\"",
        "\"F32\"", "\"I64\"", "\"BOOL\"", "\"F64\"", "\"LORA\"", "\"VERA\"", "\"BOTTLENECK\"", "\"LoRA\"", "\"VeRA\"", "\"roberta\"",
        "\"bfloat16\"",
    ];

    public static IReadOnlyList<string> Others { get; } =
    [
        "null", "null", "null", "true", "false", "{}", "[]", "[null]", "{\"\": null}", "{\"a\": {}}", "[[]]", "0", "-0", "1", "-1", "2",
        "3", "4", "7", "8",
        "16", "31", "64", "65536", "65537", "1048576", "1048577", "20000000", "2147483647", "2147483648", "-2147483648", "-2147483649",
        "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "1e2", "1.0", "0.5", "1.5", "-0.5",
        "0.1",
        "1e-320", "1e38", "1e308", "-1e308", "1e309", "1e400", "-1e400", "1e99999", "NaN", "Infinity", "123456789012345678901234567890",
        "[1, 2]", "[0]", "[-1]",
    ];
}
