using System.CommandLine;
using Microsoft.ML.DeLoRA.Build;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>
/// <c>delora doctor</c>: says what the tool runs on, what is wrong with it and how to mend it; works where libtorch does not.
/// </summary>
internal static class DoctorCommand
{
    public static System.CommandLine.Command Create()
    {
        var repair = new Option<string>("--repair")
        {
            HelpName = "DIR",
            Description = $"Makes the {NativeRepair.FileName} of a program's output folder load where libstdc++ is older than GCC 13's, "
                + "and does nothing else",
        };
        var command =
            new System.CommandLine.Command("doctor", "Prints versions, processor, threads and GPUs, what is wrong and how to mend it; "
            + "ends with exit code 1 when something is wrong")
        {
            repair,
        };
        command.SetAction(arguments => arguments.GetValue(repair) is { } folder ? Repair(folder) : Examine());
        return command;
    }

    private static int Examine()
    {
        Examination examination = Examination.OfThisProcess();
        foreach ((string subject, string finding) in examination.Findings)
            Console.WriteLine($"{subject,-15}{finding}");
        Console.WriteLine();
        foreach (NativeFault fault in examination.Faults)
            Console.WriteLine($"wrong: {fault.Cause}\n mend: {fault.Remedy}");
        if (examination.Faults.Count == 0)
            Console.WriteLine("Nothing is wrong.");
        return examination.Faults.Count == 0 ? 0 : 1;
    }

    // The folder itself, and what a program without a RuntimeIdentifier has below it.
    private static int Repair(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UsageException($"--repair: there is no directory '{folder}'.");
        string runtimes = Path.Combine(folder, "runtimes");
        string[] natives = Directory.Exists(runtimes) ? [.. Directory.GetDirectories(runtimes).Select(r => Path.Combine(r, "native"))] : [];
        string[] files = [.. natives.Prepend(folder).Select(f => Path.Combine(f, NativeRepair.FileName)).Where(File.Exists)];
        if (files.Length == 0)
            throw new UsageException($"--repair: there is no {NativeRepair.FileName} in '{folder}' or in runtimes/*/native below it; "
                + "name the output folder of a program that uses TorchSharp on Linux.");
        // All of them, also after one that cannot be.
        return files.All(IsRepaired) ? 0 : 1;
    }

    private static bool IsRepaired(string file)
    {
        string result;
        bool good = false;
        try
        {
            (good, result) = NativeRepair.Repair(file) switch
            {
                RepairResult.Repaired => (true, $"repaired: it does not need {NativeRepair.Version} of libstdc++ any more"),
                RepairResult.NotNeeded => (true, $"nothing to repair: it does not need {NativeRepair.Version} of libstdc++"),
                _ => (false, $"cannot be repaired: it uses {NativeRepair.Version}; use a system with libstdc++ of GCC 13 or newer"),
            };
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            result = $"cannot be repaired: {e.Message}";
        }
        (good ? Console.Out : Console.Error).WriteLine($"{file}: {result}");
        return good;
    }
}
