using System.Reflection;

namespace Microsoft.ML.DeLoRA.IO;

/// <summary>How texts out of files stand in messages.</summary>
internal static class Shown
{
    private const int Longest = 100;

    /// <summary>The text, or its start: a name in a file may have millions of characters.</summary>
    public static string Short(this string text) => text.Length <= Longest ? text : text[..Longest] + "...";
}

/// <summary>What is behind an exception.</summary>
internal static class Cause
{
    /// <summary>
    /// What was thrown, without what .NET wraps it in: reflection (ML.NET creates loaders by it), static constructors and tasks.
    /// </summary>
    public static Exception Of(Exception exception) => exception switch
    {
        TargetInvocationException or TypeInitializationException when exception.InnerException is { } inner => Of(inner),
        AggregateException { InnerExceptions: [var inner, ..] } => Of(inner),
        _ => exception,
    };
}
