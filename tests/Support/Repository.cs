using System.Runtime.CompilerServices;

namespace DeLoRA.TestSupport;

/// <summary>
/// Where the test inputs lie: the repository itself, its golden values, and the shared folder beside it (which may be absent).
/// </summary>
internal static class Repository
{
    /// <summary>The variable that tells a copy of the tests' program, which lies outside the checkout, where the checkout is.</summary>
    /// <remarks>The path that the compiler knows is no answer: a build of continuous integration replaces it by /_/.</remarks>
    public const string RootVariable = "DELORA_REPOSITORY";

    /// <summary>
    /// The top folder of the checkout: the named one, or the one above the tests' assembly, which may run elsewhere than it was built.
    /// </summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable(RootVariable) is { Length: > 0 } named
        ? named
        : Above(AppContext.BaseDirectory)
            ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} lies in no checkout: set "
                + $"{RootVariable} to the repository's folder.");

    /// <summary>Golden values: tests/golden, or the folder that DELORA_GOLDEN names (another set of the same form).</summary>
    public static string Golden { get; } = Environment.GetEnvironmentVariable("DELORA_GOLDEN") is { Length: > 0 } other
        ? Path.GetFullPath(other)
        : Path.Combine(Root, "tests", "golden");

    /// <summary>The folder of shared data beside the checkout; see <see cref="SharedFactAttribute"/>.</summary>
    public static string Shared { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared"));

    /// <summary>The cases of one golden topic: the names in that folder, sorted; empty when the set lacks the topic.</summary>
    public static IEnumerable<string> GoldenCases(string topic)
    {
        string folder = Path.Combine(Golden, topic);
        return Directory.Exists(folder)
            ? Directory.EnumerateFileSystemEntries(folder).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)
            : [];
    }

    private static string? Above(string folder)
    {
        string? top = Path.TrimEndingDirectorySeparator(folder);
        while (top is not null && !File.Exists(Path.Combine(top, "Microsoft.ML.DeLoRA.sln")))
            top = Path.GetDirectoryName(top);
        return top;
    }
}

/// <summary>A test that needs a path under ../shared and is skipped, with a message, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string path = "", [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!Path.Exists(Path.Combine(Repository.Shared, path)))
            Skip = $"needs ../shared/{path}, which is not on this machine";
    }
}

/// <summary>The same for a table of cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute(string path = "", [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!Path.Exists(Path.Combine(Repository.Shared, path)))
            Skip = $"needs ../shared/{path}, which is not on this machine";
    }
}
