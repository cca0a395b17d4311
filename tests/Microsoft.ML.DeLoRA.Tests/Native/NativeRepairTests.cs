using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Build;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>The repair of libLibTorchSharp.so, on TorchSharp's own file and on small ones.</summary>
public sealed class NativeRepairTests : IDisposable
{
    private const string Uncalled = "_ZSt21ios_base_library_initv";

    private readonly TemporaryDirectory _directory = new();

    /// <summary>TorchSharp's file as its package has it (the project copies it there, on any system).</summary>
    internal static string TorchSharpFile { get; } = Path.Combine(AppContext.BaseDirectory, "unrepaired", NativeRepair.FileName);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void TorchSharp_asks_for_the_version_for_the_sake_of_one_symbol()
    {
        IReadOnlyList<ElfVersionNeed> needs = ElfVersionNeed.Read(File.ReadAllBytes(TorchSharpFile));
        ElfVersionNeed need = Assert.Single(needs, n => n.Version == NativeRepair.Version);
        Assert.Equal("libstdc++.so.6", need.Library);
        Assert.False(need.IsWeak);
        Assert.Equal([Uncalled], need.Symbols());
        Assert.Contains(needs, n => n is { Library: "libc.so.6", Version: "GLIBC_2.2.5" });
    }

    [Fact]
    public void A_repaired_file_differs_in_one_bit_and_keeps_its_time_and_mode()
    {
        byte[] original = File.ReadAllBytes(TorchSharpFile);
        string path = Write(original);
        DateTime time = new(2026, 5, 7, 1, 2, 3, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead);

        Assert.Equal(RepairResult.Repaired, NativeRepair.Repair(path));

        byte[] repaired = File.ReadAllBytes(path);
        int changed = Assert.Single(Enumerable.Range(0, original.Length), i => original[i] != repaired[i]);
        Assert.Equal(original[changed] | 2, repaired[changed]);
        Assert.Equal(time, File.GetLastWriteTimeUtc(path));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead,
                File.GetUnixFileMode(path));
        Assert.True(ElfVersionNeed.Read(repaired).Single(n => n.Version == NativeRepair.Version).IsWeak);
        Assert.Equal([path], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void A_second_repair_changes_nothing()
    {
        string path = Write(File.ReadAllBytes(TorchSharpFile));
        NativeRepair.Repair(path);
        byte[] once = File.ReadAllBytes(path);
        Assert.Equal(RepairResult.NotNeeded, NativeRepair.Repair(path));
        Assert.Equal(once, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_file_that_is_linked_elsewhere_keeps_its_content_there()
    {
        string cached = Write(File.ReadAllBytes(TorchSharpFile)), linked = _directory["linked.so"];
        ChildProcess.Run("ln", null, cached, linked).Succeeded();
        Assert.Equal(RepairResult.Repaired, NativeRepair.Repair(linked));
        Assert.Equal(File.ReadAllBytes(TorchSharpFile), File.ReadAllBytes(cached));
        Assert.NotEqual(File.ReadAllBytes(TorchSharpFile), File.ReadAllBytes(linked));
    }

    [Fact]
    public void A_copy_elsewhere_leaves_the_original_as_it_is()
    {
        string path = Write(File.ReadAllBytes(TorchSharpFile)), copy = _directory["copy.so"];
        Assert.Equal(RepairResult.Repaired, NativeRepair.Repair(path, copy));
        Assert.Equal(File.ReadAllBytes(TorchSharpFile), File.ReadAllBytes(path));
        Assert.Equal(RepairResult.NotNeeded, NativeRepair.Repair(copy, _directory["another.so"]));
        Assert.False(File.Exists(_directory["another.so"]));
    }

    [Fact]
    public void A_file_that_uses_the_version_is_left_alone()
    {
        byte[] file = SmallElf.Of(("GLIBCXX_3.4.11", ["_ZNSo9_M_insertIbEERSoT_"]),
            (NativeRepair.Version, [Uncalled, "_ZSt15__glibcxx_assert_failPKciS0_S0_"]));
        string path = Write(file);
        Assert.Equal(RepairResult.Impossible, NativeRepair.Repair(path));
        Assert.Equal(file, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_file_with_other_versions_needs_nothing()
        => Assert.Equal(RepairResult.NotNeeded, NativeRepair.Repair(Write(SmallElf.Of(("GLIBCXX_3.4.30", ["_ZSt21other"])))));

    [Theory]
    [InlineData("")]
    [InlineData("no shared library")]
    [InlineData("\u007fELF\u0001\u0001 but of 32 bits ..............................................................")]
    public void What_is_no_shared_library_is_named(string content)
        => Assert.Throws<InvalidDataException>(() => NativeRepair.Repair(Write(System.Text.Encoding.Latin1.GetBytes(content))));

    [Fact]
    public void A_device_is_no_shared_library()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no /dev/zero");
        Assert.Contains("0 bytes", Assert.Throws<InvalidDataException>(() => NativeRepair.Repair("/dev/zero")).Message);
    }

    [Fact]
    public void Each_damaged_byte_of_a_small_file_gives_an_answer_or_an_error_of_ours()
    {
        byte[] file = SmallElf.Of(("GLIBCXX_3.4.11", ["a", "b"]), (NativeRepair.Version, [Uncalled]), ("GLIBCXX_3.4.29", ["c"]));
        Assert.Equal(3, ElfVersionNeed.Read(file).Count);
        int mutants = 0, errors = 0;
        for (int at = 0; at < file.Length; at++)
        {
            foreach (byte value in new byte[] { 0, 0xff, (byte)(file[at] ^ 1), (byte)(file[at] ^ 0x80) })
            {
                byte[] mutant = [.. file];
                mutant[at] = value;
                errors += IsRefused(mutant) ? 1 : 0;
                mutants++;
            }
        }
        Assert.True(mutants >= 2_000, $"{mutants}");
        Assert.InRange(errors, 1, mutants - 1);
    }

    [Fact]
    public void Damaged_copies_of_TorchSharps_file_give_an_answer_or_an_error_of_ours()
    {
        byte[] file = File.ReadAllBytes(TorchSharpFile);
        var random = new Random(1);
        int sections = checked((int)BitConverter.ToInt64(file, 0x28));
        for (int mutant = 0; mutant < 500; mutant++)
        {
            // The header, or the table of sections: what leads to everything else.
            int at = mutant % 2 == 0 ? random.Next(64) : sections + random.Next(file.Length - sections);
            byte before = file[at];
            file[at] = (byte)random.Next(256);
            IsRefused(file);
            file[at] = before;
        }
        Assert.False(IsRefused(file[..]));
        foreach (int length in new[] { 64, 1000, file.Length / 2 })
            Assert.True(IsRefused(file[..length]), $"cut to {length} bytes");
    }

    [Fact]
    public void A_list_of_versions_that_leads_back_is_an_error()
    {
        byte[] file = SmallElf.Of(("GLIBCXX_3.4.11", ["a"]), ("GLIBCXX_3.4.12", ["b"]));
        int entry = Find(file, 0x12345678);
        BitConverter.GetBytes(0).CopyTo(file, entry + 12);
        Assert.Contains("does not go on", Assert.Throws<InvalidDataException>(() => ElfVersionNeed.Read(file)).Message);
    }

    // Any other exception fails the test.
    private static bool IsRefused(byte[] file)
    {
        try
        {
            foreach (ElfVersionNeed need in ElfVersionNeed.Read(file))
                need.Symbols();
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static int Find(byte[] file, int value) => file.AsSpan().IndexOf(BitConverter.GetBytes(value));

    private string Write(byte[] content)
    {
        string path = _directory[NativeRepair.FileName];
        File.WriteAllBytes(path, content);
        return path;
    }
}
