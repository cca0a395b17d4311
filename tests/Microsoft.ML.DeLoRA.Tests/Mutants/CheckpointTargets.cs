using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Training;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Runs;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>A run that was stopped in its second epoch, with two checkpoints, and how it ends.</summary>
internal static class StoppedRun
{
    private static readonly TrainingOptions _options = new()
    {
        Epochs = 2,
        BatchSize = 4,
        LearningRate = 1e-2,
        EvaluateEverySteps = 2,
    };

    private static readonly Lazy<(string[] Names, byte[][] Files, float[] Values)> _stopped = new(Stop);

    /// <summary>The names of the newest checkpoint and of the one before.</summary>
    public static string[] Names => _stopped.Value.Names;

    /// <summary>What the whole run ends with.</summary>
    public static float[] Values => _stopped.Value.Values;

    /// <summary>Writes the two files into a directory.</summary>
    public static void WriteTo(TemporaryDirectory directory)
    {
        foreach ((string name, byte[] content) in Names.Zip(_stopped.Value.Files))
            File.WriteAllBytes(directory[name], content);
    }

    /// <summary>How far it can come.</summary>
    public static RunExtent Extent => new(_options.Epochs, StepsPerEpoch: 4, Validates: true);

    /// <summary>Goes on from a directory's checkpoints.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="messages">Takes what the user is told.</param>
    public static float[] Resume(TemporaryDirectory directory, ICollection<string>? messages = null)
        => Train(directory.Path, stopAt: 0, messages);

    /// <summary>Changes the newest checkpoint's position or tensors; its checksum fits.</summary>
    public static void Rewrite(TemporaryDirectory directory, Func<RunPosition, Dictionary<string, Tensor>, RunPosition> change)
    {
        string newest = directory[Names[0]];
        using var scope = NewDisposeScope();
        (RunPosition position, string settings, Dictionary<string, Tensor> tensors) = Read(newest);
        RunFile.Save(newest, change(position, tensors), settings, tensors);
    }

    private static (RunPosition, string, Dictionary<string, Tensor>) Read(string path)
    {
        using RunFile file = RunFile.Open(path);
        return (file.Position, file.Settings, file.ReadAll(""));
    }

    private static (string[], byte[][], float[]) Stop()
    {
        using var directory = new TemporaryDirectory();
        float[] whole = Train(null, stopAt: 0);
        Assert.ThrowsAny<OperationCanceledException>(() => Train(directory.Path, stopAt: 6));
        string[] files = [.. Directory.GetFiles(directory.Path, "checkpoint-*").OrderDescending().Take(2)];
        Assert.Equal(2, files.Length);
        return ([.. files.Select(f => Path.GetFileName(f))], [.. files.Select(File.ReadAllBytes)], whole);
    }

    private static float[] Train(string? directory, int stopAt, ICollection<string>? messages = null)
    {
        using var setup = new TrainingSetup(dropout: 0.1);
        using var cancellation = new CancellationTokenSource();
        var progress = new ProgressCollector(p =>
        {
            if (p.Message is { } message)
                messages?.Add(message);
            if (p.Step == stopAt)
                cancellation.Cancel();
        });
        setup.Train(Options(directory), Rows(14), Rows(6), progress, cancellation.Token);
        return [.. setup.TrainedValues().SelectMany(v => v)];
    }

    private static TrainingOptions Options(string? directory)
        => directory is null
            ? _options
            : _options with { Checkpoints = new() { Directory = directory, EverySteps = 1, Every = null, Resume = true } };

    private static TrainingData Rows(int count) => Tasks.Classes(count, seed: count);
}

/// <summary>The newest checkpoint with its position or a tensor changed, and a checksum that fits.</summary>
internal sealed class CheckpointTarget : MutantTarget
{
    private static readonly ScalarType[] _types = [ScalarType.Int64, ScalarType.Float64, ScalarType.Bool];

    public override string Name => "checkpoint contents";

    public override int Count => 150;

    public override IReadOnlyList<Type> Documented => [typeof(InvalidDataException), typeof(TrainingDivergedException)];

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
    {
        using var directory = new TemporaryDirectory();
        StoppedRun.WriteTo(directory);
        StoppedRun.Rewrite(directory, (position, tensors) =>
        {
            if (random.Next(4) > 0)
                return RunPosition.FromJson(JsonTree.Mutate(position.ToJson(), random, changed));
            ChangeTensor(tensors, random, changed);
            return position;
        });
        return Result(StoppedRun.Resume(directory), StoppedRun.Values);
    }

    private static void ChangeTensor(Dictionary<string, Tensor> tensors, Random random, Action<string> changed)
    {
        string name = tensors.Keys.ElementAt(random.Next(tensors.Count));
        Tensor value = tensors[name];
        tensors.Remove(name);
        (string change, Tensor? changedValue) = random.Next(5) switch
        {
            0 => ("left out", null),
            1 => ("of another type", value.to_type(_types[random.Next(_types.Length)])),
            2 => ("flat", value.reshape(1, -1).contiguous()),
            3 => ("doubled", cat([value, value], 0)),
            _ => ("renamed", value),
        };
        changed($"{name} {change}");
        if (changedValue is not null)
            tensors[change == "renamed" ? name + "x" : name] = changedValue;
    }
}

/// <summary>The newest checkpoint with any of its bytes changed: the one before takes its place.</summary>
internal sealed class CheckpointBytesTarget : MutantTarget
{
    public override string Name => "checkpoint bytes";

    public override int Count => 80;

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
    {
        using var directory = new TemporaryDirectory();
        StoppedRun.WriteTo(directory);
        string newest = directory[StoppedRun.Names[0]];
        File.WriteAllBytes(newest, SafeTensorsMutations.Mutate(File.ReadAllBytes(newest), random, changed));
        float[] values = StoppedRun.Resume(directory);
        Assert.Equal(StoppedRun.Values, values);
        return (values, true);
    }
}
