using System.Diagnostics;
using DeLoRA.TestSupport;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What long use leaves behind: nothing. Long forms of these run when DELORA_LONG_TESTS is set.</summary>
[Collection(LiveTensors.Name)]
public class FlatMemoryTests
{
    private static readonly bool _long = Environment.GetEnvironmentVariable("DELORA_LONG_TESTS") is { Length: > 0 };

    private sealed class Line
    {
        [LoadColumn(0)]
        public string Text { get; set; } = "";

        [LoadColumn(1)]
        public string Class { get; set; } = "";
    }

    [Fact]
    public void Many_rows_stream_through_a_transform()
    {
        var context = TestDevice.Context(1);
        using DeLoRATextTransformer model = Model(context);
        using var folder = new TemporaryDirectory();
        int rows = _long ? 1_000_000 : 30_000;
        File.WriteAllLines(folder["rows.tsv"],
            Enumerable.Range(0, rows).Select(i => $"{Toy.Classes[i % 3]} {i % 97}\t{Toy.Classes[i % 3]}"));
        IDataView scored = model.Transform(Load(context, folder["rows.tsv"]));
        // 800,000 rows kept would be hundreds of MB.
        StaysFlat($"{rows} rows", () =>
        {
            long tensors = LiveTensors.Settled(), early = 0, most = 0;
            int count = 0;
            using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
            {
                ValueGetter<VBuffer<float>> score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
                VBuffer<float> value = default;
                while (cursor.MoveNext())
                {
                    score(ref value);
                    Assert.Equal(3, value.Length);
                    if (++count == rows / 5)
                        early = Memory();
                    else if (count > rows / 5 && count % (rows / 20) == 0)
                        most = Math.Max(most, Memory());
                }
            }
            Assert.Equal(rows, count);
            Assert.Equal(tensors, TorchSharp.torch.Tensor.TotalCount);
            return most - early;
        });
    }

    [Fact]
    public void Many_predictions_leave_nothing()
    {
        var context = TestDevice.Context(1);
        using DeLoRATextTransformer model = Model(context);
        using PredictionEngine<ToyRow, ToyPrediction> engine = context.Model.CreatePredictionEngine<ToyRow, ToyPrediction>(model);
        int predictions = _long ? 100_000 : 5_000;
        engine.Predict(new ToyRow { Text = "abc" });
        StaysFlat($"{predictions} predictions", () =>
        {
            long tensors = LiveTensors.Settled(), early = 0;
            for (int i = 0; i < predictions; i++)
            {
                if (i == predictions / 5)
                    early = Memory();
                Assert.Equal(3, engine.Predict(new ToyRow { Text = Toy.Classes[i % 3] }).Score.Length);
            }
            Assert.Equal(tensors, TorchSharp.torch.Tensor.TotalCount);
            return Memory() - early;
        });
    }

    [Fact]
    public void Cursors_that_nobody_disposed_give_their_readers_threads_back()
    {
        var context = TestDevice.Context(1);
        using DeLoRATextTransformer model = Model(context);
        using var folder = new TemporaryDirectory();
        // More than what a reader holds ready, so that its threads wait for whoever never comes back.
        File.WriteAllLines(folder["rows.tsv"], Enumerable.Range(0, 20_000).Select(i => $"{Toy.Classes[i % 3]} {i}\t{Toy.Classes[i % 3]}"));
        IDataView scored = model.Transform(Load(context, folder["rows.tsv"]));
        int before = Threads();
        for (int i = 0; i < 100; i++)
            Abandon(scored, scores: i % 2 == 0);
        int abandoned = Threads();
        Assert.True(abandoned >= before + 100, $"{before} threads before, {abandoned} with 100 cursors: this test shows nothing.");
        LiveTensors.Settled();
        var patience = Stopwatch.StartNew();
        while (Threads() > before + 50 && patience.Elapsed < TimeSpan.FromMinutes(1))
            Thread.Sleep(20);
        Assert.InRange(Threads(), 0, before + 50);
        Assert.Equal(20_000, scored.GetColumn<uint>("PredictedLabel").Count());
    }

    /// <summary>Fails when memory grows by 64 MB in each of three goes: what is not given back yet comes and goes, and a leak stays.</summary>
    private static void StaysFlat(string what, Func<long> growth)
    {
        long[] grown = new long[3];
        for (int i = 0; i < grown.Length; i++)
        {
            grown[i] = growth() >> 20;
            if (grown[i] < 64)
                return;
        }
        Assert.Fail($"{string.Join(", ", grown)} MB more after {what} than after a fifth of them.");
    }

    // A method of its own: no register of the caller may still hold the cursor.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Abandon(IDataView view, bool scores)
        => Assert.True(view.GetRowCursor(scores ? view.Schema : [view.Schema["Text"]]).MoveNext());

    private static DeLoRATextTransformer Model(MLContext context)
        => Toy.Fit(context, Toy.Data(context, Toy.Rows(30)), Toy.Options with { Training = Toy.Options.Training with { Epochs = 1 } });

    private static IDataView Load(MLContext context, string file)
        => context.Transforms.CopyColumns("Label", nameof(Line.Class)).Append(context.Transforms.Conversion.MapValueToKey("Label"))
            .Fit(context.Data.LoadFromTextFile<Line>(file)).Transform(context.Data.LoadFromTextFile<Line>(file));

    private static long Memory()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static int Threads()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }
}
