using System.Diagnostics;

namespace DeLoRA.TestSupport;

/// <summary>Another program that ran to its end.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record ChildProcess(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program in a folder, without what the test runner put into the environment for its own builds.</summary>
    /// <param name="program">The program, from PATH or by its path.</param>
    /// <param name="folder">Its working folder; null: this process' own.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ChildProcess Run(string program, string? folder, params string[] arguments) => Run(program, folder, [], arguments);

    /// <summary>The same with further environment variables; a null takes one away.</summary>
    public static ChildProcess Run(string program, string? folder, Dictionary<string, string?> environment, params string[] arguments)
    {
        ProcessStartInfo start = Redirected(program, arguments);
        start.WorkingDirectory = folder ?? "";
        return Run(start, environment);
    }

    private static ProcessStartInfo Redirected(string program, string[] arguments) => new(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static ChildProcess Run(ProcessStartInfo start, Dictionary<string, string?> environment)
    {
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new ChildProcess(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Runs a .NET program to its end, see <see cref="StartInfo"/>.</summary>
    public static ChildProcess Program(string dll, Dictionary<string, string?> environment, params string[] arguments)
        => Run(StartInfo(dll, arguments), environment);

    /// <summary>
    /// What starts a .NET program: <c>dotnet DLL</c>, or the executable beside it where it was published with its own runtime. Input,
    /// output and error are redirected.
    /// </summary>
    public static ProcessStartInfo StartInfo(string dll, params string[] arguments) => HasOwnRuntime
        ? Redirected(Path.Combine(Path.GetDirectoryName(dll)!, Path.GetFileNameWithoutExtension(dll)), arguments)
        : Redirected("dotnet", [dll, .. arguments]);

    /// <summary>Skips a test that builds with the SDK where there is none.</summary>
    public static void RequireSdk() => Assert.SkipWhen(HasOwnRuntime, "needs the .NET SDK");

    // Published for a machine without .NET (benchmarks/gpu).
    private static bool HasOwnRuntime { get; } = File.Exists(Path.Combine(AppContext.BaseDirectory, "libcoreclr.so"));

    /// <summary>Runs the SDK, in whose builds nothing outlives the call and half a gigabyte of libtorch is linked and not copied.</summary>
    public static ChildProcess Dotnet(string folder, Dictionary<string, string?> environment, params string[] arguments)
    {
        var all = new Dictionary<string, string?>(environment)
        {
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            ["UseSharedCompilation"] = "false",
            ["CreateHardLinksForCopyLocalIfPossible"] = "true",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_NOLOGO"] = "1",
            ["NuGetAudit"] = "false",
        };
        return Run("dotnet", folder, all, arguments);
    }

    /// <summary>This, when it ended with 0; fails the test otherwise, with what it wrote.</summary>
    public ChildProcess Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Error}");
        return this;
    }
}
