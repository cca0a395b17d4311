using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.DeLoRA.Tests.Families;

/// <summary>Hidden states of a real BERT as OnnxRuntime computes them from the same model's ONNX export.</summary>
public class BertGoldenTests
{
    // Both compute in float32, in another order; measured is 3e-6.
    private const double Tolerance = 1e-4;

    private static readonly (string Text, string? Second)[] _rows =
    [
        ("", null), ("a", null), ("Hello, World!", null), ("The quick brown fox jumps over the lazy dog.", null),
        ("My printer does not answer since the update, and I have tried everything.", null), ("naïve café, ÅNGSTRÖM and İstanbul", null),
        ("中文字符 mixed with 한국어 and かな", null), ("😀 $100 + 5% = C++; ^_^", null), ("unaffable supercalifragilisticexpialidocious", null),
        (string.Join(' ', Enumerable.Range(0, 200)), null), (string.Concat(Enumerable.Repeat("word after word ", 400)), null),
        ("A text with [SEP] in it, and [MASK].", null), ("tab\tline\nend", null), ("ALL CAPITALS", null), ("1234567890", null),
        ("?!?!", null), ("He said: \"I'm not there\".", null), ("e-mail me at someone@example.com", null), ("Ελληνικά και Русский", null),
        ("the", null),
        ("", ""), ("a", ""), ("", "b"), ("A man is playing a guitar.", "Someone plays an instrument."),
        ("Is this a question?", "It is an answer."), ("short", string.Join(' ', Enumerable.Repeat("long", 300))),
        (string.Join(' ', Enumerable.Repeat("long", 300)), "short"),
        (string.Join(' ', Enumerable.Repeat("both", 400)), string.Join(' ', Enumerable.Repeat("sides", 400))),
        ("same", "same"), ("with [SEP] inside", "and [SEP] here"), ("Wo ist der Bahnhof?", "Where is the station?"),
        ("The cat sat on the mat.", "The dog did not."), ("one", "two three four five six seven eight nine ten"),
        ("numbers 1 2 3", "numbers 4 5 6"), ("émigré", "emigre"), ("x", "y"), ("Yes.", "No."), ("premise", "hypothesis"),
        ("A very long sentence, with commas, and clauses, and more of both, until it ends.", "A short one."), ("last", "row"),
    ];

    [Fact]
    public void Hidden_states_of_texts_and_pairs_are_OnnxRuntimes()
    {
        Assert.Equal(40, _rows.Length);
        using var directory = new TemporaryDirectory();
        MiniLM.WriteTo(directory, name => "bert." + name);
        using BaseModel model = BaseModel.Open(directory.Path);
        Assert.Equal((512, 384, 0), (model.MaxLength, model.Configuration.HiddenSize, model.Configuration.PadId));
        Encoded[] encoded = [.. _rows.Select(r => model.Tokenizer.Encode(r.Text, r.Second, model.MaxLength))];
        Assert.Equal(512, encoded.Max(e => e.Ids.Length));

        using IDisposable noGrad = TorchSharp.torch.no_grad();
        using PackedEncoder encoder = model.CreateEncoder();
        encoder.MoveTo(TestDevice.Current);
        using PackedBatch batch = PackedBatch.Create(
            [.. encoded.Select(e => (ReadOnlyMemory<int>)e.Ids)], model.Configuration, TestDevice.Current,
                [.. encoded.Select(e => e.SecondStart)]);
        using TorchSharp.torch.Tensor states = encoder.Forward(batch);
        using var session = new InferenceSession(MiniLM.Onnx);
        for (int row = 0; row < encoded.Length; row++)
        {
            (int start, int length) = batch.TokensOf(row).GetOffsetAndLength(batch.TokenCount);
            using TorchSharp.torch.Tensor own = states.narrow(0, start, length);
            Assert.InRange(Differences.Largest(Expected(session, encoded[row]), own), 0, Tolerance);
        }
    }

    [Fact]
    public void A_bare_encoder_with_the_older_names_of_norms_is_the_same_model()
    {
        using var directory = new TemporaryDirectory();
        MiniLM.WriteTo(directory, name => name.Replace("LayerNorm.weight", "LayerNorm.gamma").Replace("LayerNorm.bias", "LayerNorm.beta"));
        using BaseModel model = BaseModel.Open(directory.Path);
        using IDisposable noGrad = TorchSharp.torch.no_grad();
        using PackedEncoder encoder = model.CreateEncoder();
        Encoded encoded = model.Tokenizer.Encode("Hello, World!", "Another one", 32);
        using PackedBatch batch = PackedBatch.Create([encoded.Ids], model.Configuration, secondStarts: [encoded.SecondStart]);
        using TorchSharp.torch.Tensor states = encoder.Forward(batch);
        using var session = new InferenceSession(MiniLM.Onnx);
        Assert.InRange(Differences.Largest(Expected(session, encoded), states), 0, Tolerance);
    }

    [Fact]
    public void The_dataset_gives_what_the_tokenizer_gives()
    {
        TokenizedDataset pairs = TokenizedDataset.Create(
            MiniLM.Tokenizer, [.. _rows.Select(r => r.Text)], [.. _rows.Select(r => r.Second ?? "")], maxLength: 24);
        for (int row = 0; row < _rows.Length; row++)
        {
            Encoded encoded = MiniLM.Tokenizer.Encode(_rows[row].Text, _rows[row].Second ?? "", 24);
            Assert.Equal(encoded.Ids, pairs.Row(row).ToArray());
            Assert.Equal(encoded.SecondStart, pairs.SecondStart(row));
            Assert.Equal(MiniLM.Tokenizer.EndId, pairs.Row(row)[encoded.SecondStart - 1]);
        }
    }

    private static float[] Expected(InferenceSession session, Encoded encoded)
    {
        int[] shape = [1, encoded.Ids.Length];
        DenseTensor<long> Input(Func<int, long> value) => new(Enumerable.Range(0, encoded.Ids.Length).Select(value).ToArray(), shape);
        using var outputs = session.Run(
        [
            NamedOnnxValue.CreateFromTensor("input_ids", Input(i => encoded.Ids[i])),
            NamedOnnxValue.CreateFromTensor("attention_mask", Input(_ => 1)),
            NamedOnnxValue.CreateFromTensor("token_type_ids", Input(i => i < encoded.SecondStart ? 0 : 1)),
        ]);
        return outputs[0].AsTensor<float>().ToArray();
    }
}
