using System.Diagnostics;
using DeLoRA.TestSupport;

namespace Microsoft.ML.DeLoRA.Tests.Training.Runs;

public class KillTests(ITestOutputHelper output)
{
    private const int Kills = 20;

    /// <summary>Every other time the process is killed as soon as a half-written checkpoint is seen, else after a random time.</summary>
    [Fact]
    public void A_run_killed_at_twenty_moments_ends_with_the_same_bits()
    {
        using var folder = new TemporaryDirectory();
        byte[] whole = KilledRun.Outcome(checkpoints: null);
        var random = new Random(12);
        var steps = new List<int>();
        int whileWriting = 0;
        int lastLife;
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = KilledRun.Start(folder.Path, steps: 12);
            for (int read = random.Next(1, 9); read >= 0; read--)
            {
                string? step = process.StandardOutput.ReadLine();
                Assert.True(step is not null, step is null ? process.StandardError.ReadToEnd() : "");
                steps.Add(int.Parse(step!));
            }
            TimeSpan wait = kill % 2 == 1 ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(random.NextDouble() * 10);
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < wait && !(kill % 2 == 1 && HalfWritten(folder.Path)))
                Thread.Sleep(1);
            Assert.False(process.HasExited, "The run was finished before it could be killed.");
            process.Kill();
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
            whileWriting += HalfWritten(folder.Path) ? 1 : 0;
        }
        using (Process process = KilledRun.Start(folder.Path, steps: null))
        {
            int[] rest = [.. process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            process.WaitForExit();
            steps.AddRange(rest);
            lastLife = rest[0];
        }
        int repeated = steps.Zip(steps.Skip(1)).Count(pair => pair.Second <= pair.First);
        output.WriteLine($"{Kills} kills, {whileWriting} of them while a checkpoint was half written; {repeated} times the next life did "
            + $"steps again; the last began with step {lastLife}");
        Assert.InRange(whileWriting, 1, Kills);
        Assert.InRange(repeated, 1, Kills);
        Assert.InRange(lastLife, Kills, steps.Max());
        Assert.Equal(whole, File.ReadAllBytes(folder["outcome"]));
    }

    private static bool HalfWritten(string directory) => Directory.EnumerateFiles(directory, ".*.tmp").Any();
}
