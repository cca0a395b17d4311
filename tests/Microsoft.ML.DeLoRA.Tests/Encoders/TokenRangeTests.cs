using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Training;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>
/// Ids beyond the embedding and texts beyond the positions are refused by name on every way into the model: libtorch names neither, and on
/// a GPU it ends the process.
/// </summary>
public class TokenRangeTests
{
    // Ids 0 to 49, positions up to 33, the first of which is 2.
    private static readonly int[] _good = [0, 7, 2];
    private static readonly int[] _unknown = [0, 7, 50, 2];
    private static readonly int[] _longest = [0, .. Enumerable.Repeat(5, 30), 2];
    private static readonly int[] _tooLong = [0, .. Enumerable.Repeat(5, 31), 2];

    private static PackedBatch Pack(bool padded, params int[][] rows)
    {
        ReadOnlyMemory<int>[] all = [.. rows.Select(r => (ReadOnlyMemory<int>)r)];
        return padded ? PackedBatch.CreatePadded(all, device: TestDevice.Current) : PackedBatch.Create(all, device: TestDevice.Current);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void By_a_packed_batch_in_every_forward_pass(bool padded)
    {
        using SequenceClassifier model = TinyModel.Create();
        foreach ((int[] wrong, string[] said) in new (int[], string[])[]
        {
            (_unknown, ["Token 2 of sequence 1", "the id 50", "ids 0 to 49"]),
            (_tooLong, ["Sequence 1", "position 34", "last one is 33"]),
        })
        {
            using PackedBatch batch = Pack(padded, _good, wrong, _longest);
            foreach (Func<object> pass in (Func<object>[])[
                () => model.Forward(batch), () => model.Encoder.Forward(batch), () => model.Encoder.ForwardFirst(batch),
                () => model.Encoder.HiddenStates(batch).ToArray()])
            {
                string message = Assert.Throws<ArgumentException>(pass).Message;
                Assert.All(said, s => Assert.Contains(s, message));
            }
        }
        using PackedBatch fine = Pack(padded, _good, _longest, [0, 49, 2]);
        using TorchSharp.torch.Tensor logits = model.Forward(fine);
        Assert.All(logits.ToArray(), x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void An_id_below_zero_makes_no_batch()
        => Assert.Contains("Token 1 of sequence 1 (both from 0) has the id -3",
            Assert.Throws<ArgumentException>(() => Pack(false, _good, [0, -3, 2])).Message);

    public static TheoryData<int[], string> Wrong() => new()
    {
        { _unknown, "Token 2 of row 3 (both from 0) has the id 50; the model has the ids 0 to 49" },
        { [0, -1, 2], "Token 1 of row 3 (both from 0) has the id -1" },
        { _tooLong, "There are 33 tokens in row 3 (from 0); the model takes from 1 to 32" },
        { [], "There are 0 tokens in row 3 (from 0)" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void By_data_made_by_hand_before_a_training_or_an_evaluation(int[] wrong, string said)
    {
        TrainingData data = TrainingData.Classification(Texts.Of([_good, _good, _longest, wrong, _good]), [0, 1, 2, 0, 1], 3);
        using var setup = new TrainingSetup();
        float[][] before = setup.TrainedValues();
        Assert.Contains(said, Assert.Throws<ArgumentException>("training", () => setup.Train(new() { Epochs = 1 }, data)).Message);
        Assert.Contains(said, Assert.Throws<ArgumentException>(
            "validation", () => setup.Train(new() { Epochs = 1 }, Tasks.Classes(), data)).Message);
        Assert.Contains(said, Assert.Throws<ArgumentException>("data", () => Evaluator.Predict(setup.Model, data)).Message);
        Assert.Equal(before, setup.TrainedValues());
    }

    [Fact]
    public void By_the_tokenizer_of_a_larger_model()
    {
        // The embedded vocabulary has thousands of tokens.
        using BaseModel larger = BaseModel.Open();
        TokenizedDataset texts = TokenizedDataset.Create(
            larger.Tokenizer, ["a", "two words and more"], ["b", "a second text"], maxLength: 16);
        using SequenceClassifier model = TinyModel.Create(outputs: 2);
        string message = Assert.Throws<ArgumentException>(
            () => new Trainer(model, null, new()).Train(TrainingData.Classification(texts, [0, 1], 2))).Message;
        Assert.Contains("has the id ", message);
        Assert.Contains("model's own tokenizer", message);
    }
}
