using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Build;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>What a user reads when libtorch does not load: in copies of a program whose native files are missing, old or damaged.</summary>
public sealed class NativeLibraryTests
{
    private const string Exception = "Microsoft.ML.DeLoRA.NativeLibraryException: ";

    [Fact]
    public void Whatever_is_used_first_says_that_the_package_is_missing()
    {
        AlteredProgram.Require();
        using var program = new AlteredProgram(withNativeFiles: true);
        File.Delete(program["libtorch_cpu.so"]);
        using var models = new TemporaryDirectory();
        string model = models["model.zip"];
        MLContext context = TestDevice.Context();
        using var transformer = new DeLoRATextTransformer(context, TinyTextModel.Create(), new TextColumns
        {
            Text = "Text", PredictedLabel = "PredictedLabel", Score = "Score", LabelType = "text", LabelValues = ["a", "b", "c"],
        }, training: null);
        context.Model.Save(transformer, context.Data.LoadFromEnumerable<Row>([]).Schema, model);

        string[] entries = [.. FirstUse.Entries];
        string[] said = new string[entries.Length];
        Parallel.For(0, entries.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 },
            i => said[i] = program.FirstUseOf(entries[i], model));
        Assert.All(said.Zip(entries), pair =>
        {
            Assert.True(pair.First.StartsWith(Exception, StringComparison.Ordinal), $"{pair.Second}: {pair.First}");
            Assert.Contains("libtorch (libtorch_cpu.so) is not there", pair.First);
            Assert.Contains("Add the package TorchSharp-cpu", pair.First);
            Assert.Contains("0.107.0", pair.First);
        });
        // TorchSharp by itself copies half a gigabyte from the package cache there before it fails.
        Assert.Empty(Directory.GetDirectories(program.Path));
    }

    [Fact]
    public void Without_TorchSharps_own_file_the_runtime_identifier_is_named()
    {
        AlteredProgram.Require();
        using var program = new AlteredProgram(withNativeFiles: false);
        string said = program.FirstUseOf("Devices.Parse(cpu)");
        Assert.StartsWith($"{Exception}TorchSharp's native library libLibTorchSharp.so is not there; looked for it in {program.Path}",
            said);
        Assert.Contains($"set RuntimeIdentifier to {NativeFolder.Platform}", said);
    }

    [Fact]
    public void A_file_that_asks_for_a_newer_libstdcxx_is_named_with_both_versions_and_the_repair()
    {
        AlteredProgram.Require();
        Version newest = SystemLibraries.Newest(SystemLibraries.LibstdcxxFile()!, "GLIBCXX_")!;
        Assert.SkipWhen(newest >= new Version(3, 4, 32), $"libstdc++ has {newest} here: TorchSharp's file loads as it is");
        using var program = new AlteredProgram(withNativeFiles: true);
        program.Replace(NativeRepair.FileName, File.ReadAllBytes(NativeRepairTests.TorchSharpFile));

        string said = program.FirstUseOf("Transforms.DeLoRATextClassification");
        Assert.StartsWith(Exception, said);
        Assert.Contains("needs GLIBCXX_3.4.32 of libstdc++", said);
        Assert.Contains($"goes up to GLIBCXX_{newest}", said);
        Assert.Contains($"delora doctor --repair {program.Path}", said);

        Assert.Equal(0, program.Tool("doctor", "--repair", program.Path).ExitCode);
        Assert.Equal("no exception", program.FirstUseOf("Transforms.DeLoRATextClassification"));
    }

    [Fact]
    public void A_damaged_file_and_one_for_another_processor_are_named()
    {
        AlteredProgram.Require();
        using var program = new AlteredProgram(withNativeFiles: true);
        program.Replace(NativeRepair.FileName, "not a library"u8.ToArray());
        string said = program.FirstUseOf("TextModel.Load");
        Assert.StartsWith($"{Exception}{program[NativeRepair.FileName]} is damaged: it is no shared library.", said);

        byte[] other = File.ReadAllBytes(NativeRepairTests.TorchSharpFile);
        (ushort foreign, string name) = BitConverter.ToUInt16(other, 18) == 62 && NativeFolder.Platform == "linux-x64"
            ? ((ushort)183, "arm64")
            : ((ushort)62, "x64");
        BitConverter.GetBytes(foreign).CopyTo(other, 18);
        program.Replace(NativeRepair.FileName, other);
        said = program.FirstUseOf("TextModel.Load");
        Assert.StartsWith($"{Exception}{program[NativeRepair.FileName]} is for another processor ({name})", said);

        program.Replace(NativeRepair.FileName, File.ReadAllBytes(NativeRepairTests.TorchSharpFile)[..100_000]);
        // The system's loader ends the process on such a file.
        Assert.StartsWith($"{Exception}{program[NativeRepair.FileName]} is damaged: it has 100,000 of 2,399,008 bytes.",
            program.FirstUseOf("TextModel.Load"));
    }

    [Fact]
    public void Libtorch_from_the_librarys_path_is_used()
    {
        AlteredProgram.Require();
        using var program = new AlteredProgram(withNativeFiles: false);
        File.Copy(Path.Combine(AppContext.BaseDirectory, NativeRepair.FileName), program[NativeRepair.FileName]);
        ChildProcess child =
            ChildProcess.Program(program["delora.dll"], new() { ["LD_LIBRARY_PATH"] = AppContext.BaseDirectory }, "doctor");
        Assert.Contains("Nothing is wrong.", child.Succeeded().Output);
    }

    [Theory]
    [InlineData("linux-musl-x64", "musl", "image without 'alpine'")]
    [InlineData("linux-arm64", "the process runs as linux-arm64", "linux-x64, win-x64, osx-arm64")]
    [InlineData("osx-x64", "the process runs as osx-x64", "this machine's own processor")]
    [InlineData("win-x86", "the process runs as win-x86", "64-bit .NET")]
    public void A_system_without_libtorch_is_named(string system, string cause, string remedy)
    {
        NativeFault fault = NativeDiagnosis.OfSystem(system)!;
        Assert.Contains(cause, fault.Cause);
        Assert.Contains(remedy, fault.Cause + fault.Remedy);
    }

    [Theory]
    [InlineData("linux-x64")]
    [InlineData("win-x64")]
    [InlineData("osx-arm64")]
    public void A_system_with_libtorch_is_no_fault(string system) => Assert.Null(NativeDiagnosis.OfSystem(system));

    [Theory]
    [InlineData("libcuda.so.1: cannot open shared object file: No such file or directory", "NVIDIA's driver")]
    [InlineData("/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by /app/libtorch_cpu.so)", "use a newer system")]
    [InlineData("/app/libLibTorchSharp.so: undefined symbol: _ZN3c1010TensorImplE", "all TorchSharp packages must have version 0.107.0")]
    [InlineData("libgomp-98b21ff3.so.1: cannot open shared object file", "whole output folder was copied")]
    public void The_loaders_own_words_are_explained(string said, string remedy)
    {
        NativeFault fault = NativeDiagnosis.OfLoader(said);
        Assert.Equal($"libtorch could not be loaded: {said}.", fault.Cause);
        Assert.Contains(remedy, fault.Remedy);
    }

    [Fact]
    public void The_systems_own_libraries_are_known()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "they are Linux's");
        Assert.True(SystemLibraries.GlibcVersion >= new Version(2, 28));
        Assert.True(SystemLibraries.HasGlibc);
        Assert.Equal(new Version(3, 4, 19), Newest("GLIBCXX_3.4.9\0GLIBCXX_3.4.19\0GLIBCXX_DEBUG_X\0CXXABI_9.9\0"));
        Assert.Null(Newest("no version"));

        static Version? Newest(string content)
        {
            using var directory = new TemporaryDirectory();
            File.WriteAllText(directory["library"], content);
            return SystemLibraries.Newest(directory["library"], "GLIBCXX_");
        }
    }

    [Fact]
    public void A_GPU_that_is_asked_for_is_missing_for_a_reason_that_can_be_mended()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "there is a GPU");
        string said = Assert.Throws<InvalidOperationException>(() => Devices.Parse("cuda")).Message;
        bool hasCuda = NativeFolder.Find(NativeFolder.Searched(), NativeFolder.LibtorchCudaFile) is not null;
        Assert.Contains(hasCuda ? "driver" : "libtorch for the CPU only", said);
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
