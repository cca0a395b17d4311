using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Build;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Tests.Native;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary><c>delora doctor</c>, and what of the tool works without libtorch.</summary>
[Collection("console")]
public sealed class DoctorCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_sound_machine_is_described()
    {
        string output = CommandOutput.Of(DoctorCommand.Create());
        Assert.Contains("Nothing is wrong.", output);
        string[] subjects = [.. output.Split('\n').TakeWhile(line => line.Length > 0).Select(line => line[..15].Trim())];
        string[] expected =
            ["delora", "Microsoft.ML", "Tokenizers", "TorchSharp", "libtorch", ".NET", "system", "processor", "threads", "GPUs"];
        Assert.Equal(OperatingSystem.IsLinux() ? [.. expected[..7], "C library", "libstdc++", .. expected[7..]] : expected, subjects);
        Assert.Matches(@"TorchSharp +0\.107\.0", output);
        Assert.Matches(@"libtorch +.*2\.10\.0", output);
        Assert.Matches(@"Microsoft\.ML +5\.", output);
    }

    [Fact]
    public void Help_version_and_errors_of_arguments_work_without_libtorch()
    {
        using var program = new AlteredProgram(withNativeFiles: false);
        foreach (string command in new[] { "", "train", "evaluate", "predict", "export", "import", "glue", "robustness", "pretrain",
            "doctor" })
            Assert.Contains("Usage:",
                program.Tool([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Succeeded().Output);
        Assert.Matches(@"^\d+\.\d+\.\d+", program.Tool("--version").Succeeded().Output);

        ChildProcess wrong = program.Tool("train", "--epochs", "many");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("--epochs", wrong.Error);
        Assert.DoesNotContain("   at ", wrong.Error);
        Assert.Contains("no device", program.Tool("predict", "--model", "none.zip", "--device", "gpu", "text").Error);
    }

    [Fact]
    public void What_is_wrong_ends_with_1_and_the_remedy()
    {
        AlteredProgram.Require();
        using var program = new AlteredProgram(withNativeFiles: true);
        File.Delete(program["libtorch_cpu.so"]);
        ChildProcess doctor = program.Tool("doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("wrong: libtorch (libtorch_cpu.so) is not there", doctor.Output);
        Assert.Contains(" mend: Add the package TorchSharp-cpu", doctor.Output);

        ChildProcess predict = program.Tool("predict", "--model", "none.zip", "text");
        Assert.Equal(1, predict.ExitCode);
        string line = Assert.Single(predict.Error.Trim().Split('\n'));
        Assert.StartsWith("delora: libtorch (libtorch_cpu.so) is not there", line);
    }

    [Fact]
    public void Repair_mends_a_folder_once_and_leaves_it_then()
    {
        Directory.CreateDirectory(_directory["runtimes/linux-x64/native"]);
        string[] files = [_directory[NativeRepair.FileName], Path.Combine(_directory["runtimes/linux-x64/native"], NativeRepair.FileName)];
        foreach (string file in files)
            File.Copy(NativeRepairTests.TorchSharpFile, file);
        string[] first = CommandOutput.Of(DoctorCommand.Create(), "--repair", _directory.Path).Trim().Split('\n');
        Assert.Equal(files.Select(f => $"{f}: repaired: it does not need GLIBCXX_3.4.32 of libstdc++ any more"), first);
        string[] second = CommandOutput.Of(DoctorCommand.Create(), "--repair", _directory.Path).Trim().Split('\n');
        Assert.Equal(files.Select(f => $"{f}: nothing to repair: it does not need GLIBCXX_3.4.32 of libstdc++"), second);
    }

    [Fact]
    public void Repair_names_what_it_cannot_mend()
    {
        File.WriteAllText(_directory[NativeRepair.FileName], "garbage");
        using var written = new StringWriter();
        TextWriter error = Console.Error;
        Console.SetError(written);
        try
        {
            Assert.Equal(1,
                DoctorCommand.Create().Parse(["--repair", _directory.Path]).Invoke(new() { EnableDefaultExceptionHandler = false }));
        }
        finally
        {
            Console.SetError(error);
        }
        Assert.Equal($"{_directory[NativeRepair.FileName]}: cannot be repaired: It is no 64-bit little-endian ELF file.",
            written.ToString().Trim());
        Assert.Equal("garbage", File.ReadAllText(_directory[NativeRepair.FileName]));

        Assert.Equal($"--repair: there is no directory '{_directory["nowhere"]}'.", Error(_directory["nowhere"]));
        Directory.CreateDirectory(_directory["empty"]);
        Assert.StartsWith($"--repair: there is no {NativeRepair.FileName} in '{_directory["empty"]}'", Error(_directory["empty"]));

        static string Error(string folder) => Assert.Throws<UsageException>(
            () => DoctorCommand.Create().Parse(["--repair", folder]).Invoke(new() { EnableDefaultExceptionHandler = false })).Message;
    }
}
