using DeLoRA.TestSupport;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>
/// A copy of the folder of this assembly, which is a program and has the tool beside it, whose native files a test alters.
/// </summary>
internal sealed class AlteredProgram : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public AlteredProgram(bool withNativeFiles)
    {
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory))
        {
            string name = System.IO.Path.GetFileName(file);
            if (name.EndsWith(".dll", StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal))
                File.Copy(file, this[name]);
            else if (IsOfTorch(name) ? withNativeFiles : !name.EndsWith(".pdb", StringComparison.Ordinal))
                File.CreateSymbolicLink(this[name], file);
        }
    }

    // Its name begins with libtorch, libc10, ...; a runtime that was published along is no part of it.
    private static bool IsOfTorch(string name)
        => name.Contains("torch", StringComparison.OrdinalIgnoreCase) || name.Contains("c10", StringComparison.Ordinal);

    /// <summary>Skips a test where the files that it alters are not beside it.</summary>
    public static void Require()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the files that are altered are Linux's");
        Assert.SkipUnless(File.Exists(System.IO.Path.Combine(AppContext.BaseDirectory, "libtorch_cpu.so")),
            "libtorch is not beside the tests");
    }

    public string Path => _directory.Path;

    public string this[string name] => _directory[name];

    /// <summary>Puts something else in a native file's place; the original is not touched.</summary>
    public void Replace(string name, byte[] content)
    {
        File.Delete(this[name]);
        File.WriteAllBytes(this[name], content);
    }

    /// <summary>Runs the tool there.</summary>
    public ChildProcess Tool(params string[] arguments) => ChildProcess.Program(this["delora.dll"], [], arguments);

    /// <summary>What <see cref="FirstUse"/> writes when a user's program first touches libtorch by one of its entries.</summary>
    public string FirstUseOf(string entry, string? file = null)
        => ChildProcess.Program(this["Microsoft.ML.DeLoRA.Tests.dll"], new() { [Repository.RootVariable] = Repository.Root }, "first-use",
            entry, file ?? "")
            .Succeeded().Output.Trim();

    public void Dispose() => _directory.Dispose();
}
