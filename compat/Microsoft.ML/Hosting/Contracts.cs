namespace Microsoft.ML.Runtime;

/// <summary>The kinds of exceptions that the real library throws, so that callers meet the same types and parameter names.</summary>
internal static class Contracts
{
    public static void CheckValue<T>(T value, string parameterName) where T : class
    {
        if (value is null)
            throw new ArgumentNullException(parameterName);
    }

    public static void CheckNonEmpty(string value, string parameterName)
    {
        if (string.IsNullOrEmpty(value))
            throw new ArgumentNullException(parameterName);
    }

    public static void CheckParam(bool condition, string parameterName)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(parameterName);
    }

    public static void CheckParam(bool condition, string parameterName, string message)
    {
        if (!condition)
            throw ExceptParam(parameterName, message);
    }

    public static void Check(bool condition, string message)
    {
        if (!condition)
            throw Except(message);
    }

    public static InvalidOperationException Except(string message) => Mark(new InvalidOperationException(message));

    public static ArgumentOutOfRangeException ExceptParam(string parameterName, string message) => Mark(new ArgumentOutOfRangeException(parameterName, message));

    public static FormatException ExceptDecode(string message) => Mark(new FormatException(message));

    public static ArgumentOutOfRangeException ExceptSchemaMismatch(string parameterName, string role, string column) =>
        ExceptParam(parameterName, $"Could not find {role} column '{column}'");

    public static ArgumentOutOfRangeException ExceptSchemaMismatch(string parameterName, string role, string column, string expected, string actual) =>
        ExceptParam(parameterName, $"Schema mismatch for {role} column '{column}': expected {expected}, got {actual}");

    /// <summary>Notes that the library itself made this exception; a loader's other exceptions pass unwrapped.</summary>
    public static T Mark<T>(T exception) where T : Exception
    {
        exception.Data[MarkKey] = true;
        return exception;
    }

    public static bool IsMarked(Exception exception) => exception.Data.Contains(MarkKey);

    private const string MarkKey = "ML_IsMarked";
}
