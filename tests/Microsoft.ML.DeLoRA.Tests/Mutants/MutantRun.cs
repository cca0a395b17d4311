using System.Diagnostics;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>
/// The other process of <see cref="MutantTests"/>: reads mutants one after the other and says how each ends. A mutant follows from its
/// target and its seed: <c>mutants SEED COUNT TARGET</c> reads COUNT mutants of one target again, from that seed on.
/// </summary>
internal static class MutantRun
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);
    private const long LargestGrowth = 300_000_000;

    public static IReadOnlyList<MutantTarget> Targets { get; } =
    [
        new SafeTensorsTarget(),
        new TokenizerTarget("vocab.json"),
        new TokenizerTarget("merges.txt"),
        new BaseModelTarget("config.json"),
        new BaseModelTarget("model.safetensors"),
        new BaseModelTarget("model.safetensors.index.json"),
        new PeftTarget("adapter_config.json"),
        new PeftTarget("adapter_model.safetensors"),
        new MethodTarget(),
        new ModelStreamsTarget(),
        new ModelZipTarget(),
        new CheckpointTarget(),
        new CheckpointBytesTarget(),
    ];

    /// <param name="seed">Of the first mutant of each target.</param>
    /// <param name="share">How many times the usual number; with a target, the number.</param>
    /// <param name="only">The one target; null: all.</param>
    public static int Read(int seed, int share, string? only)
    {
        foreach (MutantTarget target in Targets.Where(t => only is null || t.Name == only))
        {
            var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
            int count = only is null ? share * target.Count : share;
            for (int i = 0; i < count; i++)
            {
                Console.WriteLine($"mutant {seed + i} 1 {target.Name}");
                string outcome = Watch(target, seed + i);
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            }
            foreach ((string outcome, int times) in outcomes)
                Console.WriteLine($"outcome {times} {outcome} {target.Name}");
        }
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine($"peak {self.PeakWorkingSet64}");
        return 0;
    }

    private static string Watch(MutantTarget target, int seed)
    {
        using Process self = Process.GetCurrentProcess();
        long before = self.PeakWorkingSet64;
        (string outcome, string change, TimeSpan time) = ReadOnce(target, seed);
        // A loaded machine may stop a process for a while, but not twice.
        if (time > _longest && ReadOnce(target, seed).Time is var again && again > _longest)
            Fail(target, seed, change, $"took {again.TotalSeconds:F1} s");
        self.Refresh();
        if (self.PeakWorkingSet64 - before > LargestGrowth)
            Fail(target, seed, change, $"took {(self.PeakWorkingSet64 - before) / 1_000_000} MB");
        return outcome;
    }

    private static (string Outcome, string Change, TimeSpan Time) ReadOnce(MutantTarget target, int seed)
    {
        var changes = new List<string>();
        long start = Stopwatch.GetTimestamp();
        string outcome;
        try
        {
            (IReadOnlyList<float> values, bool same) = target.Run(new Random(seed), changes.Add);
            outcome = same ? "equal" : "other";
            if (!values.All(float.IsFinite))
                Fail(target, seed, string.Join("; ", changes), "was read, and gives numbers that are not finite");
        }
        catch (Exception e) when (target.Documented.Any(t => t.IsInstanceOfType(e)))
        {
            outcome = e.GetType().Name;
            // A regular expression may stand in it whole, a file may not.
            if (e.Message.Length > 12_000)
                Fail(target, seed, string.Join("; ", changes), $"gives a message of {e.Message.Length} characters: {e.Message[..300]}");
        }
        catch (Exception e)
        {
            outcome = "escaped";
            Fail(target, seed, string.Join("; ", changes), $"lets escape {e}");
        }
        return (outcome, string.Join("; ", changes), Stopwatch.GetElapsedTime(start));
    }

    private static void Fail(MutantTarget target, int seed, string change, string fault)
        => Console.WriteLine($"fault in mutant {seed} 1 {target.Name} ({change}): {fault.ReplaceLineEndings(" | ")}");
}
