using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Serving;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>
/// A garbage collection at any moment, and the finalisers after it, change no number: libtorch reads nothing that they free. A long form
/// runs when DELORA_LONG_TESTS is set. It runs alone, as it would slow down all others.
/// </summary>
[Collection(LiveTensors.Name)]
public class CollectionDuringTrainingTests
{
    private static readonly int _rounds = Environment.GetEnvironmentVariable("DELORA_LONG_TESTS") is { Length: > 0 } ? 60 : 6;

    [Theory]
    [InlineData("DeLoRA, every linear layer")]
    [InlineData("DoRA, fixed magnitude, every linear layer")]
    public void Collections_change_no_number(string row)
    {
        AdapterMethod method = AdapterMethodTable.Get(row);
        byte[] calm = Train(method);
        Assert.Equal(calm, Train(method));
        UnderCollections(() => Assert.Equal(calm, Train(method)));
    }

    [Fact]
    public void Collections_change_no_score()
    {
        using TextModel model = TinyTextModel.Create(method: new DeLoRAMethod { Rank = 2 });
        string[] texts = [.. Enumerable.Range(1, 40).Select(n => new string((char)('a' + n % 26), n))];
        float[] calm = Scores();
        UnderCollections(() => Assert.Equal(calm, Scores()));

        // One by one, and all at once.
        float[] Scores() => [.. texts.SelectMany(text => model.Predict([text]).Values.ToArray()), .. model.Predict(texts).Values.ToArray()];
    }

    private static void UnderCollections(Action work)
    {
        using var end = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            // What is made for one call is in the youngest generation.
            for (int i = 0; !end.IsCancellationRequested; i++)
            {
                GC.Collect(i % 50 == 0 ? 2 : 0, GCCollectionMode.Forced, blocking: true);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (int round = 0; round < _rounds; round++)
                work();
        }
        finally
        {
            end.Cancel();
            collector.Join();
        }
    }

    // The trained values, the losses, and what the model puts out before and after its adapters are merged.
    private static byte[] Train(AdapterMethod method)
    {
        using SequenceClassifier model = TinyModel.Create(dropout: 0.1);
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, method, seed: 2);
        var options = new TrainingOptions { Epochs = 4, BatchSize = 8, MaxGradientNorm = 0.5, Seed = 3 };
        TrainingResult result = new Trainer(model, adapters, options).Train(Tasks.Classes(), Tasks.Classes(12, seed: 2));
        IEnumerable<float> values = adapters.Parameters.Concat(model.Head.Parameters).SelectMany(p => p.Value.ToArray());
        float[] before = [.. values, .. Outputs(model), .. result.Epochs.Select(e => (float)e.TrainingLoss)];
        adapters.Merge();
        return [.. before.Concat(Outputs(model)).SelectMany(BitConverter.GetBytes)];
    }

    private static float[] Outputs(SequenceClassifier model)
    {
        Predictions predictions = Evaluator.Predict(model, Tasks.Classes(12, seed: 2));
        return [.. Enumerable.Range(0, predictions.Count).SelectMany(row => predictions.Outputs(row).ToArray())];
    }
}
