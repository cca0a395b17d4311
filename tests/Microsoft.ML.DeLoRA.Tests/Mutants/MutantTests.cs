using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.DeLoRA.Tests.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>
/// Thousands of damaged and malicious files, read in a process of their own: each ends in a documented exception or in finite numbers,
/// none takes 5 seconds, and all together stay below 1 GB. Other ones than the suite's: <c>DELORA_MUTANTS_SEED</c> (default 1);
/// more: <c>DELORA_MUTANTS</c> (how many times the usual number; default 1).
/// </summary>
public class MutantTests(ITestOutputHelper output)
{
    private const int Fewest = 2_000;
    private const long LargestPeak = 1_000_000_000;

    // A mutant has 5 seconds, twice; this is for one that never ends.
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task No_mutant_of_a_file_gets_through()
    {
        int seed = Setting("DELORA_MUTANTS_SEED"), share = Setting("DELORA_MUTANTS");
        using var watch = new CancellationTokenSource();
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [typeof(OtherProcess).Assembly.Location, "mutants", seed.ToString(CultureInfo.InvariantCulture),
                share.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using CancellationTokenRegistration kill = watch.Token.Register(process.Kill);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var faults = new List<string>();
        var outcomes = new List<(int Times, string Outcome, string Target)>();
        (int count, string last, long peak) = (0, "none", 0);
        watch.CancelAfter(_silence);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            watch.CancelAfter(_silence);
            switch (line.Split(' ', 4))
            {
                case ["mutant", ..]:
                    (count, last) = (count + 1, line);
                    break;
                case ["fault", ..]:
                    faults.Add(line);
                    break;
                case ["outcome", var times, var outcome, var target]:
                    outcomes.Add((int.Parse(times), outcome, target));
                    break;
                case ["peak", var bytes]:
                    peak = long.Parse(bytes);
                    break;
            }
        }
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0,
            $"The process ended with {process.ExitCode} at {last} (to read it again: this assembly with 'mutants SEED "
                + $"COUNT TARGET'). {await errors}");
        foreach ((int times, string outcome, string target) in outcomes)
            output.WriteLine($"{target}: {times} {outcome}");
        output.WriteLine($"{count} mutants from seed {seed} on; peak {peak / 1_000_000} MB");

        Assert.Empty(faults);
        Assert.InRange(count, Fewest, int.MaxValue);
        Assert.InRange(peak, 1, LargestPeak);
        // Neither are the files so damaged that nothing behind their first byte is ever read, nor are they read as if nothing had happened.
        foreach (MutantTarget target in MutantRun.Targets.Where(t => t.Name != "checkpoint bytes"))
        {
            int read = outcomes.Where(o => o.Target == target.Name && o.Outcome is "equal" or "other").Sum(o => o.Times);
            Assert.True(read > 0 && read < target.Count * share, $"{read} of {target.Count * share} mutants of {target.Name} were read.");
        }
    }

    private static int Setting(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : 1;
}
