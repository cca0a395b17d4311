using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

/// <summary>What each kind of exception becomes.</summary>
[Collection("console")]
public class FailureTests
{
    private const string BackTrace = "Exception raised from empty_cpu at /pytorch/aten/src/ATen/x.cpp:12 (most recent call first):\nframe "
        + "#0: c10::Error::Error + 0x5\nframe #1: at::x";

    public static TheoryData<string, Exception, string> Exceptions => new()
    {
        { "usage", new UsageException("There is no model 'x'."), "There is no model 'x'." },
        { "argument", Thrown(() => new TrainingOptions { Epochs = 0 }.Validate()), "--epochs is 0; it must be at least 1." },
        { "reflection", new TargetInvocationException(new InvalidDataException("damaged")), "damaged" },
        { "static constructor", new TypeInitializationException("X",
            new TargetInvocationException(new DllNotFoundException("no TorchSharp-cpu"))), "no TorchSharp-cpu" },
        { "tasks", new AggregateException(new AggregateException(new IOException("disk full"))), "disk full" },
        { "format", new FormatException("Corrupt model file"), "Corrupt model file" },
        { "json", new JsonException("'x' is an invalid start of a value."), "'x' is an invalid start of a value." },
        { "lines", new IOException("one\r\n  two\n\nthree"), "one two three" },
        { "libtorch", new ExternalException($"shape '[2]' is invalid\n{BackTrace}"), "libtorch: shape '[2]' is invalid" },
        { "structured", new SEHException("External component has thrown an exception."),
            "libtorch: External component has thrown an exception." },
        { "memory", new ExternalException($"DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes.\n{BackTrace}"),
            "The memory does not suffice; try a smaller --batch or --max-length. (DefaultCPUAllocator: can't allocate memory: "
                + "you tried to allocate 4 bytes.)" },
        { "managed memory", new OutOfMemoryException("Array dimensions exceeded supported range."),
            "The memory does not suffice; try a smaller --batch or --max-length. (Array dimensions exceeded supported range.)" },
        { "pattern", new RegexMatchTimeoutException(new string('a', 50), "^(a+)+$", TimeSpan.FromSeconds(1)),
            $"The pattern '^(a+)+$' takes too long on '{new string('a', 40)}...'; write a simpler one." },
        { "stopped", new TaskCanceledException(), "stopped." },
        { "null", new NullReferenceException("Object reference not set to an instance of an object."),
            "A fault in delora itself: NullReferenceException: Object reference not set to an instance of an object. "
            + "Please report what the same command prints with --verbose." },
        { "missing argument", Thrown(() => ArgumentNullException.ThrowIfNull((object?)null, "path")),
            "A fault in delora itself: ArgumentNullException: Value cannot be null. Please report what the same "
                + "command prints with --verbose." },
        { "index", new IndexOutOfRangeException("Index was outside the bounds of the array."),
            "A fault in delora itself: IndexOutOfRangeException: Index was outside the bounds of the array. Please report what the same "
                + "command prints with --verbose." },
        { "overflow", new OverflowException("Arithmetic operation resulted in an overflow."),
            "A fault in delora itself: OverflowException: Arithmetic operation resulted in an overflow. Please report what the same "
                + "command prints with --verbose." },
        { "of .NET", Thrown(() => Array.Empty<int>().First()),
            "A fault in delora itself: InvalidOperationException: Sequence contains no elements. Please report what the same "
                + "command prints with --verbose." },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void An_exception_becomes_one_line(string kind, Exception exception, string line)
    {
        Assert.NotEmpty(kind);
        Assert.Equal(line, Failure.Line(exception));
        Assert.DoesNotContain('\n', Failure.Line(exception));
    }

    [Fact]
    public void The_exit_status_says_how_it_ended()
    {
        Assert.Equal(1, Reported(new UsageException("x"), verbose: false).Status);
        Assert.Equal(130, Reported(new AggregateException(new OperationCanceledException()), verbose: false).Status);
        Assert.Equal((0, ""), Reported(new AggregateException(new BrokenPipeException(new IOException())), verbose: false));
    }

    [Fact]
    public void The_trace_is_there_for_who_asks()
    {
        Exception error = Thrown(() => new TrainingOptions { Epochs = 0 }.Validate());
        Assert.DoesNotContain("   at ", Reported(error, verbose: false).Errors);
        Assert.StartsWith($"delora: --epochs is 0; it must be at least 1.{Environment.NewLine}System.ArgumentException: Epochs is 0",
            Reported(error, verbose: true).Errors);
        Assert.Contains("   at Microsoft.ML.DeLoRA.TrainingOptions", Reported(error, verbose: true).Errors);
    }

    private static Exception Thrown(Action action) => Record.Exception(action)!;

    private static (int Status, string Errors) Reported(Exception exception, bool verbose)
    {
        TextWriter before = Console.Error;
        using var errors = new StringWriter();
        Console.SetError(errors);
        try
        {
            return (Failure.Report(exception, verbose), errors.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
