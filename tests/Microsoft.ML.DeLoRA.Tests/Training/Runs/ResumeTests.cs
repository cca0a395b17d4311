using System.Text;
using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Runs;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training.Runs;

public class ResumeTests
{
    private static CheckpointOptions In(TemporaryDirectory folder, int keep = 3)
        => new() { Directory = folder["run"], EverySteps = 3, Every = null, Keep = keep, Resume = true };

    private static string[] Files(TemporaryDirectory folder)
        => [.. Directory.EnumerateFiles(folder["run"], "*.safetensors").Select(f => Path.GetFileName(f)).Order()];

    /// <summary>What is told of a report and does not depend on the clock.</summary>
    private static object Told(TrainingProgress p)
        => (p.Epoch, p.EpochCount, p.Step, p.StepCount, p.Loss, p.LearningRate, p.FinishedEpoch, p.Evaluation);

    private static void Stop(TrainingOptions options, int reports, List<object>? told = null, TrainingData? training = null)
    {
        using var cancellation = new CancellationTokenSource();
        int seen = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => SmallRun.Train(options, new ProgressCollector(p =>
        {
            told?.Add(Told(p));
            if (++seen == reports)
                cancellation.Cancel();
        }), cancellation.Token, training));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 5, 6)]
    [InlineData(7, 7, 7, 1)]
    [InlineData(29)]
    public void A_cancelled_run_goes_on_to_the_same_bits_and_reports(params int[] lives)
    {
        using var folder = new TemporaryDirectory();
        var whole = new List<object>();
        var parts = new List<object>();
        (TrainingResult expected, byte[] bits) = SmallRun.Train(SmallRun.Options, new ProgressCollector(p => whole.Add(Told(p))));
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) };
        foreach (int reports in lives)
            Stop(options, reports, parts);
        (TrainingResult result, byte[] resumed) = SmallRun.Train(options, new ProgressCollector(p => parts.Add(Told(p))));

        Assert.Equal(whole, parts);
        Assert.Equal(bits, resumed);
        Assert.Equal(expected.Epochs, result.Epochs);
        Assert.Equal(expected.Evaluations, result.Evaluations);
        Assert.Equal(expected.Best, result.Best);
        Assert.NotEqual(expected.Evaluations[^1], expected.Best);
        Assert.Equal(24, expected.Epochs[^1].Step);
    }

    [Fact]
    public void A_finished_run_is_taken_up_at_its_end()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) };
        (TrainingResult first, byte[] bits) = SmallRun.Train(options);
        (TrainingResult second, byte[] again) =
            SmallRun.Train(options, new ProgressCollector(_ => Assert.Fail("There was nothing left to do.")));
        Assert.Equal(bits, again);
        Assert.Equal(first.Epochs, second.Epochs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(12)]
    public void Where_the_rates_do_not_depend_on_the_number_of_epochs_a_run_goes_on_for_more_of_them(int stopAfter)
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { WarmupRatio = 0 };
        (TrainingResult expected, byte[] bits) = SmallRun.Train(options);
        TrainingOptions shorter = options with { Epochs = 2, Checkpoints = In(folder) };
        if (stopAfter > 0)
            Stop(shorter, stopAfter);
        else
            SmallRun.Train(shorter);

        (TrainingResult result, byte[] weights) = SmallRun.Train(options with { Checkpoints = In(folder) });

        Assert.Equal(bits, weights);
        Assert.Equal(expected.Epochs, result.Epochs);
        Assert.Equal(expected.Best, result.Best);
        // And a finished one gives what it has.
        Assert.Equal(bits, SmallRun.Train(options with { Checkpoints = In(folder) }).Weights);
    }

    [Fact]
    public void Other_epochs_are_refused_with_the_true_reason()
    {
        string Refused(TrainingOptions first, TrainingOptions then, int stopAfter = 9)
        {
            using var folder = new TemporaryDirectory();
            Stop(first with { Checkpoints = In(folder) }, stopAfter);
            return Assert.Throws<InvalidOperationException>(() => SmallRun.Train(then with { Checkpoints = In(folder) })).Message;
        }
        TrainingOptions linear = SmallRun.Options with { Schedule = new LinearSchedule(), WarmupRatio = 0 };
        string message = Refused(linear, linear with { Epochs = 6 });
        Assert.Contains("training.Epochs was 4 and is 6, with which step 2, that is done, would have had the learning rate 0.04861",
            message);
        Assert.Contains("instead of 0.04792 (LinearSchedule, ", message);
        Assert.Contains("LinearSchedule", message);
        Assert.Contains("ConstantSchedule and a WarmupRatio of 0", message);
        message = Refused(SmallRun.Options, SmallRun.Options with { Epochs = 6 });
        Assert.Contains("step 2, that is done, would have had the learning rate 0.02315 instead of 0.03472", message);
        TrainingOptions constant = SmallRun.Options with { WarmupRatio = 0 };
        message = Refused(constant, constant with { Epochs = 1 }, stopAfter: 19);
        Assert.Contains("training.Epochs was 4 and is 1, but 2 are done already", message);
    }

    [Fact]
    public void A_run_that_was_stopped_early_is_at_its_end_for_any_number_of_epochs()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with
        {
            WarmupRatio = 0,
            EvaluateEverySteps = 1,
            EarlyStopping = new() { Patience = 3, MinDelta = 2 },
            Checkpoints = In(folder),
        };
        TrainingResult first = SmallRun.Train(options).Result;
        TrainingResult second = SmallRun.Train(options with { Epochs = 9 }).Result;
        Assert.True(second.StoppedEarly);
        Assert.Equal(first.Evaluations, second.Evaluations);
        Assert.Empty(first.Epochs);
    }

    [Theory]
    [MemberData(nameof(AdapterMethodTable.NamesWithFrozenEmbeddings), MemberType = typeof(AdapterMethodTable))]
    public void Every_method_goes_on_to_the_same_bits(string name) => GoesOnToTheSameBits(name);

    [CpuFact("CUDA adds up the gradients of the embedding tables in any order, so the last bits of a full "
        + "fine-tuning differ from run to run.")]
    public void Full_fine_tuning_goes_on_to_the_same_bits() => GoesOnToTheSameBits(AdapterMethodTable.FullFineTuning);

    private static void GoesOnToTheSameBits(string name)
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Epochs = 2 };
        TrainingOptions saved = options with { Checkpoints = In(folder) };
        byte[] whole = Run(options);
        Assert.ThrowsAny<OperationCanceledException>(() => Run(saved, stopAt: 8));
        Assert.Equal(whole, Run(saved));

        byte[] Run(TrainingOptions options, int stopAt = 0)
        {
            using SequenceClassifier model = TinyModel.Create(dropout: 0.1);
            using AdapterSet adapters = AdapterSet.Attach(model.Encoder, AdapterMethodTable.Get(name), seed: 2);
            using var cancellation = new CancellationTokenSource();
            var progress = new ProgressCollector(p =>
            {
                if (p.Step == stopAt)
                    cancellation.Cancel();
            });
            new Trainer(model, adapters, options).Train(Tasks.Classes(42), Tasks.Classes(9, seed: 2), progress, cancellation.Token);
            return [.. adapters.Parameters.Concat(model.Head.Parameters).SelectMany(p => p.Value.ToArray())
                .SelectMany(BitConverter.GetBytes)];
        }
    }

    [Fact]
    public void The_newest_and_the_best_checkpoints_are_kept()
    {
        using var folder = new TemporaryDirectory();
        SmallRun.Train(SmallRun.Options with { Checkpoints = In(folder, keep: 2) });
        Assert.Equal(["best.safetensors", "checkpoint-00000021.safetensors", "checkpoint-00000024.safetensors"], Files(folder));
        Assert.Empty(Directory.EnumerateFiles(folder["run"], "*.tmp"));
    }

    [Fact]
    public void Time_is_enough_to_make_a_checkpoint_due()
    {
        using var folder = new TemporaryDirectory();
        CheckpointOptions often = In(folder, keep: 99) with { EverySteps = null, Every = TimeSpan.FromTicks(1) };
        SmallRun.Train(SmallRun.Options with { Checkpoints = often });
        Assert.Equal(24 + 1, Files(folder).Length);
    }

    public static TheoryData<string, Action<string>> Damage() => new()
    {
        { "truncated", path => Cut(path, new FileInfo(path).Length / 2) },
        { "empty", path => Cut(path, 0) },
        { "one bit in the tensors", path => Flip(path, fromEnd: 100) },
        { "one bit in the header", path => Flip(path, fromStart: 200) },
        { "another file", path => File.WriteAllText(path, new string('x', 5000)) },
        { "a file of weights only", path => new SafeTensorsWriter().Save(path) },
    };

    [Theory]
    [MemberData(nameof(Damage))]
    public void In_place_of_a_damaged_checkpoint_the_one_before_is_used_and_the_user_is_told(string what, Action<string> damage)
    {
        using var folder = new TemporaryDirectory();
        byte[] whole = SmallRun.Train(SmallRun.Options).Weights;
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) };
        Stop(options, 16);
        string newest = Path.Combine(folder["run"], Files(folder)[^1]);
        damage(newest);
        var messages = new List<string>();
        byte[] resumed = SmallRun.Train(options,
            new ProgressCollector(p => messages.AddRange(p.Message is { } m ? [m] : Array.Empty<string>()))).Weights;
        Assert.True(whole.AsSpan().SequenceEqual(resumed), what);
        Assert.Contains($"'{newest}' is damaged", Assert.Single(messages));
    }

    /// <summary>Name, type and shape are part of what the checksum is over: with other ones the same bytes are other numbers.</summary>
    [Theory]
    [InlineData("\"dtype\":\"F32\"", "\"dtype\":\"I32\"")]
    [InlineData(".exp_avg\"", ".exp_abg\"")]
    [InlineData("\"step\":\"", "\"stop\":\"")]
    [InlineData("\"format\":\"pt\"", "\"format\":\"tf\"")]
    public void The_header_of_a_checkpoint_is_checked_too(string replaced, string replacement)
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) };
        byte[] whole = SmallRun.Train(SmallRun.Options).Weights;
        Stop(options, 19);
        string newest = Path.Combine(folder["run"], Files(folder)[^1]);
        Edit(newest, replaced, replacement);
        var messages = new List<string>();
        byte[] resumed = SmallRun.Train(options, Messages(messages)).Weights;
        Assert.Equal(whole, resumed);
        string message = Assert.Single(messages);
        Assert.Contains($"'{newest}' is damaged", message);
        Assert.Contains("does not fit its checksum", message);
    }

    [Fact]
    public void Integers_are_no_weights_even_where_the_checksum_fits()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) with { Keep = 1 } };
        Stop(options, 9);
        foreach (string file in Files(folder).Select(f => Path.Combine(folder["run"], f)))
        {
            var writer = new SafeTensorsWriter();
            using (SafeTensorsFile saved = SafeTensorsFile.Open(file))
            {
                foreach ((string key, string value) in saved.Metadata)
                    writer.Metadata[key] = value;
                foreach (string name in saved.Names)
                    writer.AddBytes(name, saved.DataType(name) == TensorDataType.Float32 ? TensorDataType.Int32 : saved.DataType(name),
                        saved.ReadBytes(name), saved.Shape(name).ToArray());
            }
            writer.SaveWithChecksum(file);
        }
        Assert.Contains("it has Int32", Assert.Throws<InvalidDataException>(() => SmallRun.Train(options)).Message);
    }

    [Fact]
    public void A_checkpoint_of_version_one_is_said_to_be_one()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) };
        Stop(options, 9);
        foreach (string file in Files(folder))
            Edit(Path.Combine(folder["run"], file), "\"delora_run\":\"2\"", "\"delora_run\":\"1\"");
        Assert.Contains("earlier version of this library", Assert.Throws<InvalidOperationException>(() => SmallRun.Train(options)).Message);
    }

    [Fact]
    public void A_directory_that_takes_no_checkpoint_is_found_before_training()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["run"], "");
        var seen = new ProgressCollector(_ => Assert.Fail("It trained."));
        Assert.Contains("is a file, and a directory is needed",
            Assert.ThrowsAny<IOException>(() => SmallRun.Train(SmallRun.Options with { Checkpoints = In(folder) }, seen)).Message);
        using var disk = new SmallDisk(256);
        disk.Fill();
        TrainingOptions full = SmallRun.Options with { Checkpoints = new() { Directory = disk["run"] } };
        Assert.Contains("no file can be written", Assert.ThrowsAny<IOException>(() => SmallRun.Train(full, seen)).Message);
    }

    private static ProgressCollector Messages(List<string> messages) => new(p =>
    {
        if (p.Message is { } message)
            messages.Add(message);
    });

    private static void Edit(string path, string replaced, string replacement)
    {
        byte[] bytes = File.ReadAllBytes(path);
        string text = Encoding.Latin1.GetString(bytes);
        Assert.Contains(replaced, text);
        int at = text.IndexOf(replaced, StringComparison.Ordinal);
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(text[..at] + replacement + text[(at + replaced.Length)..]));
    }

    [Fact]
    public void When_all_are_damaged_the_run_does_not_begin_anew_on_its_own()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) };
        Stop(options, 9);
        foreach (string file in Files(folder))
            Cut(Path.Combine(folder["run"], file), 20);
        var error = Assert.Throws<InvalidDataException>(() => SmallRun.Train(options));
        Assert.Contains("delete them to begin anew", error.Message);
    }

    [Fact]
    public void Another_run_is_not_taken_up_and_all_differences_are_named()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) };
        Stop(options, 9);
        string before = Convert.ToHexString(File.ReadAllBytes(Path.Combine(folder["run"], Files(folder)[^1])));

        string Refused(TrainingOptions other, TrainingData? data = null)
            => Assert.Throws<InvalidOperationException>(() => SmallRun.Train(other, training: data)).Message;
        string message = Refused(options with { LearningRate = 0.03, Seed = 4 });
        Assert.Contains("training.LearningRate was 0.05 and is 0.03", message);
        Assert.Contains("training.Seed was 3 and is 4", message);
        Assert.Contains("training.Schedule was ConstantSchedule and is LinearSchedule",
            Refused(options with { Schedule = new LinearSchedule() }));
        message = Refused(options with { Beta1 = 0.8, Epsilon = 1e-6, WarmupSteps = 2 });
        Assert.Contains("training.Beta1 was 0.9 and is 0.8; training.Epsilon was 1E-08 and is 1E-06; "
            + "training.WarmupSteps was null and is 2", message);
        Assert.Contains("training rows was 42 (fingerprint ", Refused(options, Tasks.Classes(42, seed: 7)));
        using (var setup = new TrainingSetup(dropout: 0.2))
            Assert.Contains("model.hidden_dropout_prob was 0.1 and is 0.2",
                Assert.Throws<InvalidOperationException>(() => setup.Train(options, Tasks.Classes(42),
                    Tasks.Classes(20, seed: 2))).Message);
        Assert.Equal(before, Convert.ToHexString(File.ReadAllBytes(Path.Combine(folder["run"], Files(folder)[^1]))));
    }

    /// <summary>A checkpoint from before an option was there is of a run that did what the option's default does.</summary>
    [Fact]
    public void Options_that_a_checkpoint_does_not_know_had_their_defaults()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) with { Keep = 1 } };
        byte[] whole = SmallRun.Train(SmallRun.Options).Weights;
        Stop(options, 9);
        foreach (string path in Files(folder).Select(f => Path.Combine(folder["run"], f)))
        {
            using var scope = NewDisposeScope();
            using RunFile file = RunFile.Open(path);
            JsonObject settings = JsonNode.Parse(file.Settings)!.AsObject();
            Assert.All((string[])["training.Beta1", "training.Beta2", "training.Epsilon", "training.WarmupSteps", "adapter.WeightScaling"],
                name => Assert.True(settings.Remove(name)));
            RunFile.Save(path, file.Position, settings.ToJsonString(), file.ReadAll(""));
        }
        Assert.Contains("training.Beta2 was 0.999 and is 0.5",
            Assert.Throws<InvalidOperationException>(() => SmallRun.Train(options with { Beta2 = 0.5 })).Message);
        Assert.Equal(whole, SmallRun.Train(options).Weights);
    }

    /// <summary>A method that plans its steps goes on for the same number of epochs only, whatever the learning rates are.</summary>
    [Fact]
    public void A_method_that_plans_its_steps_keeps_the_number_of_epochs()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Epochs = 2, WarmupRatio = 0, Checkpoints = In(folder) };
        Train(options);
        Assert.Contains("training.Epochs was 2 and is 3, by which AdaLoRA plans its steps",
            Assert.Throws<InvalidOperationException>(() => Train(options with { Epochs = 3 })).Message);

        static void Train(TrainingOptions options)
        {
            using SequenceClassifier model = TinyModel.Create();
            using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new AdaLoRAMethod { Rank = 4, TargetRank = 2 }, seed: 2);
            new Trainer(model, adapters, options).Train(Tasks.Classes(42), Tasks.Classes(9, seed: 2));
        }
    }

    [Fact]
    public void Another_base_model_or_other_initial_constants_are_another_run()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Epochs = 1, Checkpoints = In(folder) };
        Train(seed: 2);
        Assert.Contains("model.frozen weights was ", Assert.Throws<InvalidOperationException>(() => Train(seed: 3)).Message);

        // Frozen-copy initialisation keeps constants that follow from the seed.
        void Train(long seed)
        {
            using SequenceClassifier model = TinyModel.Create();
            using AdapterSet adapters =
                AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 4, Initialization = DeLoRAInitialization.FrozenCopy }, seed);
            new Trainer(model, adapters, options).Train(Tasks.Classes(), Tasks.Classes(10, seed: 2));
        }
    }

    [Fact]
    public void Checkpoints_of_an_earlier_run_are_never_overwritten_by_a_new_one()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Checkpoints = In(folder) };
        Stop(options, 9);
        var error = Assert.Throws<InvalidOperationException>(() => SmallRun.Train(options with
        {
            Checkpoints =
            In(folder) with { Resume = false }
        }));
        Assert.Contains("set Resume", error.Message);
    }

    [Fact]
    public void Two_runs_cannot_share_a_directory()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { Epochs = 1, Checkpoints = In(folder) };
        Exception? error = null;
        SmallRun.Train(options, new ProgressCollector(p => error ??= Record.Exception(() => SmallRun.Train(options))));
        Assert.Contains("in use by another run", Assert.IsAssignableFrom<IOException>(error).Message);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_does_not_end_the_run()
    {
        using var folder = new TemporaryDirectory();
        byte[] whole = SmallRun.Train(SmallRun.Options).Weights;
        // A directory stands where a file should go.
        Directory.CreateDirectory(Path.Combine(folder["run"], "checkpoint-00000003.safetensors"));
        var messages = new List<string>();
        byte[] weights = SmallRun.Train(SmallRun.Options with { Checkpoints = In(folder) },
            new ProgressCollector(p => messages.AddRange(p.Message is { } m ? [m] : Array.Empty<string>()))).Weights;
        Assert.Equal(whole, weights);
        Assert.Contains("could not be written", Assert.Single(messages));
    }

    [Fact]
    public void A_run_that_diverges_names_its_last_good_checkpoint()
    {
        using var folder = new TemporaryDirectory();
        using var setup = new TrainingSetup(outputs: 1);
        float[] values = [.. Enumerable.Range(0, 12).Select(i => i == 7 ? 3e38f : 0.1f)];
        TrainingOptions options = SmallRun.Options with
        {
            EvaluateEverySteps = null,
            BatchSize = 1,
            GradientAccumulationSteps = 1,
            Checkpoints = In(folder) with { EverySteps = 1 }
        };
        var error = Assert.Throws<TrainingDivergedException>(() => setup.Train(options,
            TrainingData.Regression(Texts.Of(TinyModel.Rows(12)), values)));
        Assert.Equal([7], error.Rows);
        Assert.True(File.Exists(error.Checkpoint));
        Assert.Contains(error.Checkpoint!, error.Message);
        Assert.Equal(error.Step - 1, int.Parse(Path.GetFileNameWithoutExtension(error.Checkpoint)!["checkpoint-".Length..]));
    }

    private static void Cut(string path, long length)
    {
        using FileStream stream = File.OpenWrite(path);
        stream.SetLength(length);
    }

    private static void Flip(string path, int fromStart = 0, int fromEnd = 0)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[fromEnd > 0 ? bytes.Length - fromEnd : fromStart] ^= 4;
        File.WriteAllBytes(path, bytes);
    }
}
