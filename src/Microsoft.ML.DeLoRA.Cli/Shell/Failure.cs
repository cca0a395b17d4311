using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>
/// What a command that failed says: one line, in the words of the command line. What nobody meant to be read, such as a null reference,
/// is called a fault of the tool itself.
/// </summary>
internal static partial class Failure
{
    public const string VerboseName = "--verbose";

    private const int Failed = 1;
    private const int Stopped = 130;

    public static Option<bool> Verbose()
        => new(VerboseName) { Description = "After an error also print where in the program it arose", Recursive = true };

    /// <summary>Says on standard error what went wrong.</summary>
    /// <returns>The exit status.</returns>
    public static int Report(Exception exception, bool verbose)
    {
        Exception cause = Cause.Of(exception);
        if (cause is BrokenPipeException)
            return 0;
        Console.Error.WriteLine($"{Tool.ProgramName}: {Line(exception)}");
        if (verbose && cause is not UsageException)
            Console.Error.WriteLine(exception);
        return cause is OperationCanceledException ? Stopped : Failed;
    }

    /// <summary>The one line.</summary>
    public static string Line(Exception exception)
    {
        Exception cause = Cause.Of(exception);
        string message = OneLine(OptionNames.Translate(ParameterName().Replace(cause.Message, "")));
        if (OutOfMemory.Is(cause))
            return $"The memory does not suffice; try a smaller --batch or --max-length. ({OneLine(WithoutBackTrace(cause.Message))})";
        return cause switch
        {
            OperationCanceledException => "stopped.",
            ExternalException => $"libtorch: {OneLine(WithoutBackTrace(cause.Message))}",
            RegexMatchTimeoutException timeout
                => $"The pattern '{timeout.Pattern}' takes too long on '{Start(timeout.Input)}'; write a simpler one.",
            _ when IsMeant(cause) => message,
            _ => $"A fault in {Tool.ProgramName} itself: {cause.GetType().Name}: {message.TrimEnd('.')}. "
                + $"Please report what the same command prints with {VerboseName}.",
        };
    }

    // Some types always speak of files and data. Of the general ones only those do that this library or ML.NET threw: .NET's own, such as
    // "Sequence contains no elements", come of faults in this program.
    private static bool IsMeant(Exception exception) => exception switch
    {
        UsageException or TrainingDivergedException or InvalidDataException or UnauthorizedAccessException or IOException => true,
        JsonException or FormatException or DllNotFoundException or BadImageFormatException => true,
        ArgumentNullException or NullReferenceException => false,
        _ => ThrownBy(exception) is { } name && (name.StartsWith("Microsoft.ML", StringComparison.Ordinal) || name == "delora"),
    };

    private static string? ThrownBy(Exception exception)
        => new StackTrace(exception).GetFrame(0)?.GetMethod()?.DeclaringType?.Assembly.GetName().Name;

    // libtorch appends "Exception raised from ..." with its frames.
    private static string WithoutBackTrace(string message)
    {
        int end = message.IndexOf("Exception raised from", StringComparison.Ordinal);
        return (end > 0 ? message[..end] : message).Split("\nframe #")[0];
    }

    private static string Start(string text) => text.Length > 40 ? text[..40] + "..." : text;

    private static string OneLine(string text) => LineBreaks().Replace(text.Trim(), " ");

    [GeneratedRegex(@"\s*\(Parameter '[^']*'\)(\s*Actual value was [^\r\n]*)?")]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"\s*[\r\n]\s*")]
    private static partial Regex LineBreaks();
}
