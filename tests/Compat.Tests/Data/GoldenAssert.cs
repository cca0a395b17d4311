using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Compat.Tests.Data;

/// <summary>Compares what was observed here with what was observed there.</summary>
internal static class GoldenAssert
{
    /// <summary>
    /// Fails with the path of the first difference. <paramref name="actual"/> is made of null, strings, booleans, numbers,
    /// sequences and string-keyed dictionaries; numbers are compared in their own precision, floats within
    /// <paramref name="tolerance"/> where their rounding is not the point.
    /// </summary>
    public static void Equal(JsonElement expected, object? actual, float tolerance = 0) => Compare(expected, actual, "$", tolerance);

    /// <summary>What the call gave, or what it threw in the form of the golden files.</summary>
    public static object? Capture(Func<object?> call, string? folder = null)
    {
        try
        {
            return call();
        }
        catch (Exception e)
        {
            return new Dictionary<string, object?> { ["exception"] = Describe(e, folder) };
        }
    }

    public static Dictionary<string, object?> Describe(Exception e, string? folder = null)
    {
        string message = folder is null ? e.Message : e.Message.Replace(folder, "<DIR>");
        var described = new Dictionary<string, object?> { ["type"] = e.GetType().FullName, ["message"] = message };
        if ((e as ArgumentException)?.ParamName is { } parameter)
            described["paramName"] = parameter;
        if (e.InnerException is { } inner)
            described["inner"] = Describe(inner, folder);
        return described;
    }

    private static void Compare(JsonElement expected, object? actual, string path, float tolerance)
    {
        switch (actual)
        {
            case null:
                Require(expected.ValueKind == JsonValueKind.Null, expected, "null", path);
                break;
            case bool value:
                Require(expected.ValueKind == (value ? JsonValueKind.True : JsonValueKind.False), expected, value, path);
                break;
            case string value:
                Require(expected.ValueKind == JsonValueKind.String && expected.GetString() == value, expected, value, path);
                break;
            case float value:
                Require(IsNumber(expected, out string single) && IsNear(float.Parse(single, CultureInfo.InvariantCulture), value, tolerance), expected, value, path);
                break;
            case double value:
                Require(IsNumber(expected, out string number) && double.Parse(number, CultureInfo.InvariantCulture).Equals(value), expected, value, path);
                break;
            case IDictionary<string, object?> members:
                CompareObject(expected, members, path, tolerance);
                break;
            case IEnumerable items:
                CompareArray(expected, items.Cast<object?>().ToList(), path, tolerance);
                break;
            default:
                string text = ((IFormattable)actual).ToString(null, CultureInfo.InvariantCulture);
                Require(expected.ValueKind == JsonValueKind.Number && expected.GetRawText() == text, expected, text, path);
                break;
        }
    }

    private static void CompareObject(JsonElement expected, IDictionary<string, object?> actual, string path, float tolerance)
    {
        Require(expected.ValueKind == JsonValueKind.Object, expected, Show(actual), path);
        string[] names = expected.EnumerateObject().Select(p => p.Name).ToArray();
        Require(names.ToHashSet().SetEquals(actual.Keys), expected, Show(actual), path);
        foreach (string name in names)
            Compare(expected.GetProperty(name), actual[name], $"{path}.{name}", tolerance);
    }

    private static void CompareArray(JsonElement expected, List<object?> actual, string path, float tolerance)
    {
        Require(expected.ValueKind == JsonValueKind.Array && expected.GetArrayLength() == actual.Count, expected, Show(actual), path);
        for (int i = 0; i < actual.Count; i++)
            Compare(expected[i], actual[i], $"{path}[{i}]", tolerance);
    }

    private static bool IsNear(float expected, float actual, float tolerance) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance;

    private static bool IsNumber(JsonElement element, out string text)
    {
        text = element.ValueKind == JsonValueKind.Number ? element.GetRawText() : element.ValueKind == JsonValueKind.String ? element.GetString()! : "";
        return element.ValueKind == JsonValueKind.Number || text is "NaN" or "Infinity" or "-Infinity";
    }

    private static string Show(object? value) => JsonSerializer.Serialize(value, ShowOptions);

    private static readonly JsonSerializerOptions ShowOptions = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static void Require(bool condition, JsonElement expected, object actual, string path)
    {
        if (!condition)
            Assert.Fail($"at {path}\nexpected: {expected.GetRawText()}\nactual:   {actual}");
    }
}
