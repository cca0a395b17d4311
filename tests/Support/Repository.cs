using System.Runtime.CompilerServices;

namespace DeLoRA.TestSupport;

/// <summary>Where the test inputs lie: the repository itself, its golden values, and the shared folder beside it (which may be absent).</summary>
internal static class Repository
{
    /// <summary>The top folder of the checkout: above the tests' assembly, which may run elsewhere than it was built.</summary>
    public static string Root { get; } =
        Above(AppContext.BaseDirectory) ?? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

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

    private static string ThisFile([CallerFilePath] string path = "") => path;
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
