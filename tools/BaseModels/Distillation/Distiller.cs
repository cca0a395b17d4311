using System.Diagnostics;
using Microsoft.ML.DeLoRA.BaseModels.Corpus;
using Microsoft.ML.DeLoRA.BaseModels.Transfer;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>
/// Trains a student to have the teacher's hidden states on the same texts, where they can be compared: averaged over each word, averaged
/// over the text, and at the first token, which a classifier reads. Each of the three losses is the squared distance over the squared
/// length of the teacher's; they count alike.
/// </summary>
internal sealed class Distiller(DistillationOptions options)
{
    /// <summary>Told after each step how many steps there have been.</summary>
    public Action<int>? StepDone { get; init; }

    /// <summary>Starts, or goes on from the output directory's checkpoint; writes the model at the end or when stopped.</summary>
    public void Run(CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.Output);
        using TeacherModel teacher = TeacherModel.Open(options.Teacher);
        using ModelDirectory files = ModelDirectory.Open(options.Student);
        var spans = new TokenSpans(RobertaTokenizer.FromDirectory(options.Student));
        EncoderConfiguration shape = EncoderConfiguration.FromJson(files.ConfigurationJson);
        using var student = new StudentModel(shape, files.Tensors, capacity: 4 * options.BatchTokens);
        student.Encoder.Precision = options.BFloat16 ? ComputePrecision.BFloat16 : ComputePrecision.Float32;

        SentenceStore sentences = SentenceStore.Read(options.Corpus, RowSource.LeastWords, RowSource.MostWords, cancellation);
        Console.WriteLine($"{sentences.Count:N0} different sentences.");
        var rows = new RowSource(sentences, new RowEncoder(spans, teacher.Pieces), options.Seed);
        bool finished = Train(teacher, student, rows, cancellation);
        DistilledDirectory.Write(options.Student, Path.Combine(options.Output, "model"), student.Values());
        Console.WriteLine(finished
            ? $"Model written to {options.Output}/model."
            : $"Stopped; the same command goes on. The model so far is in {options.Output}/model.");
    }

    /// <summary>The loop alone.</summary>
    /// <returns>Whether it came to its end.</returns>
    /// <exception cref="InvalidOperationException">A loss is not finite; the last checkpoint is of before.</exception>
    public bool Train(TeacherModel teacher, StudentModel student, RowSource rows, CancellationToken cancellation)
    {
        string checkpoint = Path.Combine(options.Output, "checkpoint.safetensors");
        DistillationProgress progress = File.Exists(checkpoint) ? DistillationCheckpoint.Load(checkpoint, student) : default;
        var log = new DistillationLog(Path.Combine(options.Output, "training-log.tsv"), student.StepCount);
        (TimeSpan before, var clock, TimeSpan saved) = (progress.Elapsed, Stopwatch.StartNew(), TimeSpan.Zero);
        // Words of a sentence make about 1.4 tokens each, and a row about 27.
        int poolRows = Math.Max(1, options.PoolBatches * options.BatchTokens / 27);
        Task<DistillationRow[][]> next = Pool(progress.Sentences);
        WarmUp(teacher, rows);
        bool finished = Finished();
        while (!finished && !cancellation.IsCancellationRequested)
        {
            DistillationRow[][] batches = next.GetAwaiter().GetResult();
            next = Pool(progress.Sentences + poolRows);
            foreach (DistillationRow[] batch in batches)
            {
                double factor = Factor(student.StepCount, before + clock.Elapsed);
                double[] losses = Step(teacher, student, batch, factor);
                if (!losses.All(double.IsFinite))
                    throw new InvalidOperationException(
                        $"The loss became infinite or NaN in step {student.StepCount}; use a lower learning rate. "
                        + "The last checkpoint is of before.");
                long tokens = progress.Tokens + batch.Sum(row => row.Student.Length);
                progress = progress with { Tokens = tokens, Elapsed = before + clock.Elapsed };
                log.Add(student.StepCount, progress, losses, options.LearningRate * factor, options.LogEvery);
                StepDone?.Invoke(student.StepCount);
            }
            progress = progress with { Sentences = progress.Sentences + poolRows };
            finished = Finished();
            if (finished || cancellation.IsCancellationRequested || clock.Elapsed - saved > options.CheckpointEvery)
            {
                DistillationCheckpoint.Save(checkpoint, student, progress);
                saved = clock.Elapsed;
            }
        }
        return finished;

        Task<DistillationRow[][]> Pool(long start)
            => Task.Run(() => RowPool.Cut(rows.Rows(start, poolRows), options.PoolBatches, unchecked((int)start)));

        bool Finished()
            => (options.Steps is { } steps && student.StepCount >= steps) || (options.Time is { } time && before + clock.Elapsed >= time);
    }

    /// <summary>
    /// One step; gives the three losses before it: words, texts, first tokens. Each thread computes its share of the rows by itself: where
    /// others use the machine, too, threads that wait for each other in every product lose half of the time.
    /// </summary>
    private double[] Step(TeacherModel teacher, StudentModel student, DistillationRow[] batch, double factor)
    {
        using var scope = NewDisposeScope();
        (int[][] places, int[] tokens) = student.Place(batch.Select(row => row.Student));
        int threads = Math.Min(options.Threads, batch.Length);
        // Every so many rows, as they are sorted by length.
        int[][] shares = [.. Enumerable.Range(0, batch.Length).GroupBy(row => row % threads).Select(share => share.ToArray())];
        var losses = new double[threads][];
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            if (threads > 1)
                set_num_threads(1);
            DistillationRow[] rows = [.. shares[i].Select(row => batch[row])];
            losses[i] = Backward(teacher, student, rows, [.. shares[i].Select(row => places[row])], 1.0 / threads);
        });
        using (no_grad())
            student.Update(tokens, options.LearningRate * factor, options.WordLearningRate * factor);
        return [.. Enumerable.Range(0, 3).Select(part => losses.Average(l => l[part]))];
    }

    // Gradients add up in the parameters; libtorch locks each while it adds.
    private static double[] Backward(TeacherModel teacher, StudentModel student, DistillationRow[] rows, int[][] places, double weight)
    {
        using var scope = NewDisposeScope();
        int[] words = [.. rows.Select(row => row.WordCount)];
        Tensor[] expected;
        int[][] pieces = [.. rows.Select(row => row.Teacher)];
        using (no_grad())
        using (var side = new PackedSide(pieces, [.. rows.Select(row => row.TeacherWords)], words, teacher.Encoder.Configuration.PadId))
            expected = side.Views(teacher.Encoder.Forward(side.Packed));

        using var own = new PackedSide(places, [.. rows.Select(row => row.StudentWords)], words, student.Configuration.PadId);
        Tensor[] found = own.Views(student.Encoder.Forward(own.Packed));
        Tensor[] losses = [.. found.Zip(expected, (s, t) => (s - t).Squared().sum() / t.Squared().sum())];
        losses[0].Plus(losses[1]).Plus(losses[2]).Times(weight).backward();
        return [.. losses.Select(l => l.Number())];
    }

    // What a frozen encoder derives from its weights it makes in its first pass, which may have no other beside it.
    private static void WarmUp(TeacherModel teacher, RowSource rows)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using PackedBatch batch = PackedBatch.Create([rows.Rows(0, 8)[0].Teacher]);
        teacher.Encoder.Forward(batch);
    }

    private double Factor(int step, TimeSpan elapsed)
    {
        double done = options.Time is { } time ? elapsed / time : (double)step / options.Steps!.Value;
        double warmup = Math.Min(1, (step + 1.0) / options.WarmupSteps);
        return warmup * 0.5 * (1 + Math.Cos(Math.PI * Math.Clamp(done, 0, 1)));
    }
}
