using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using Microsoft.ML.DeLoRA.Build;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.Tokenizers;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>What <c>delora doctor</c> finds.</summary>
/// <param name="Findings">Subjects (versions, processor, ...) and what they are.</param>
/// <param name="Faults">What is wrong, with the remedies; empty: nothing.</param>
internal sealed record Examination(IReadOnlyList<(string Subject, string Finding)> Findings, IReadOnlyList<NativeFault> Faults)
{
    /// <summary>Examines the machine and this process, which tries to load libtorch.</summary>
    public static Examination OfThisProcess()
    {
        List<NativeFault> faults = [];
        string threads = $"{Environment.ProcessorCount} processors";
        string gpus = Gpus(faults, seen: null);
        try
        {
            NativeLibraries.Require();
            (string used, gpus) = Computing(faults);
            threads += used;
        }
        catch (NativeLibraryException e)
        {
            faults.Add(e.Fault);
        }
        return new([
            ("delora", Version(typeof(Examination))),
            ("Microsoft.ML", Version(typeof(MLContext))),
            ("Tokenizers", Version(typeof(Tokenizer))),
            ("TorchSharp", Version(typeof(torch))),
            ("libtorch", Libtorch()),
            (".NET", $"{Environment.Version} ({RuntimeInformation.RuntimeIdentifier})"),
            ("system", $"{RuntimeInformation.OSDescription}, {NativeFolder.Platform}"),
            .. CLibraries(),
            ("processor", $"{RunEnvironment.ProcessorName()}: {Instructions()}"),
            ("threads", threads),
            ("GPUs", gpus),
        ], faults);
    }

    // Only here is libtorch used: the gate is passed before.
    private static (string Threads, string Gpus) Computing(List<NativeFault> faults)
        => ($", libtorch uses {torch.get_num_threads()} threads", Gpus(faults, torch.cuda.is_available() ? torch.cuda.device_count() : 0));

    private static string Version(Type type)
        => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";

    // The packages that the program was built with, as the host was told.
    private static string Libtorch()
    {
        string? file = (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string)?.Split(';')[0];
        string packages = "unknown";
        if (File.Exists(file))
        {
            using JsonDocument program = JsonDocument.Parse(File.ReadAllBytes(file));
            string[] names = [.. program.RootElement.GetProperty("libraries").EnumerateObject().Select(p => p.Name)
                .Where(n => n.StartsWith("libtorch-", StringComparison.OrdinalIgnoreCase)).Select(n => n.Replace('/', ' '))];
            packages = names.Length == 0 ? "none" : string.Join(", ", names);
        }
        string? path = NativeFolder.Find(NativeFolder.Searched(), NativeFolder.LibtorchFile);
        return $"{packages}; {(path is null ? $"{NativeFolder.LibtorchFile} is not there" : Path.GetDirectoryName(path))}";
    }

    private static IEnumerable<(string, string)> CLibraries()
    {
        if (!OperatingSystem.IsLinux())
            yield break;
        yield return ("C library", SystemLibraries.GlibcVersion is { } glibc ? $"glibc {glibc}" : "not glibc (musl?)");
        string? file = SystemLibraries.LibstdcxxFile();
        Version? newest = file is null ? null : SystemLibraries.Newest(file, "GLIBCXX_");
        yield return ("libstdc++", file is null ? "none" : $"up to GLIBCXX_{newest} ({file}); {NeedOfTorchSharp()}");
    }

    private static string NeedOfTorchSharp()
    {
        if (NativeFolder.Find(NativeFolder.Searched(), NativeRepair.FileName) is not { } path)
            return "TorchSharp's library is not there";
        try
        {
            ElfVersionNeed? need = ElfVersionNeed.Read(NativeRepair.Read(path)).FirstOrDefault(n => n.Version == NativeRepair.Version);
            return need is null ? $"TorchSharp does not ask for {NativeRepair.Version}"
                : need.IsWeak ? $"TorchSharp's need of {NativeRepair.Version} is repaired" : $"TorchSharp needs {NativeRepair.Version}";
        }
        catch (InvalidDataException e)
        {
            return $"{path}: {e.Message}";
        }
    }

    private static string Instructions()
    {
        if (!X86Base.IsSupported)
            return RuntimeInformation.ProcessArchitecture.ToString();
        (int amx, int bf16) = X86Base.CpuId(0, 0).Eax < 7 ? (0, 0) : (X86Base.CpuId(7, 0).Edx >> 22 & 1, X86Base.CpuId(7, 1).Eax >> 5 & 1);
        string[] bf16Units =
            [.. new[] { (bf16, "AVX512-BF16"), (amx, "AMX-BF16") }.Where(unit => unit.Item1 != 0).Select(unit => unit.Item2)];
        return $"AVX2 {YesOrNo(Avx2.IsSupported)}, AVX-512 {YesOrNo(Avx512F.IsSupported)}, "
            + $"bf16 {(bf16Units.Length == 0 ? "no (ComputePrecision.BFloat16 gains nothing)" : string.Join(" and ", bf16Units))}";
    }

    private static string YesOrNo(bool value) => value ? "yes" : "no";

    /// <param name="faults">Where a fault is added to.</param>
    /// <param name="seen">The number that libtorch can use; null: libtorch does not load.</param>
    private static string Gpus(List<NativeFault> faults, int? seen)
    {
        NvidiaDriver? driver = NvidiaDriver.Find();
        bool canUse = NativeFolder.Find(NativeFolder.Searched(), NativeFolder.LibtorchCudaFile) is not null;
        string found = driver switch
        {
            null => "no NVIDIA driver",
            { Error: { } error } => error,
            { Gpus.Count: 0 } => "NVIDIA's driver is there, but no GPU",
            { Gpus: var gpus } => string.Join(", ", gpus.Select((name, number) => $"cuda:{number} {name}")),
        };
        if (seen == 0 && canUse)
            faults.Add(new($"libtorch is the build for CUDA, but cannot use a GPU: {Devices.Missing(0)}.",
                "Install or update NVIDIA's driver; without a GPU, take the package TorchSharp-cpu, which is smaller."));
        return canUse ? found : $"{found}; libtorch is the build for the CPU";
    }
}
