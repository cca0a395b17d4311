using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

public class PackedEncoderTests
{
    [Fact]
    public void Parameters_have_Hugging_Faces_names_once_and_are_frozen()
    {
        using SequenceClassifier model = TinyModel.Create();
        string[] names = [.. model.Encoder.Parameters.Concat(model.Head.Parameters).Select(p => p.Name)];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Contains("embeddings.LayerNorm.weight", names);
        Assert.Contains("encoder.layer.1.attention.output.LayerNorm.bias", names);
        Assert.Contains("classifier.out_proj.weight", names);
        Assert.All(model.Encoder.Parameters, p => Assert.False(p.Trainable));
        Assert.All(model.Head.Parameters, p => Assert.True(p.Trainable));
        Assert.All(model.Encoder.Parameters, p => Assert.Equal(
            p.Name.EndsWith(".bias") || p.Name.Contains("LayerNorm") ? ParameterKind.Bias : ParameterKind.Weight, p.Kind));
    }

    [Fact]
    public void A_checkpoint_of_another_shape_or_without_a_weight_is_refused_by_name()
    {
        var writer = new SafeTensorsWriter();
        writer.Add("embeddings.word_embeddings.weight", new float[50 * 15], 50, 15);
        using var stream = new MemoryStream();
        writer.Write(stream);
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(stream.ToArray(), "a test");
        string message =
            Assert.Throws<InvalidDataException>(() => new PackedEncoder(TinyModel.Configuration, new CheckpointWeights(file))).Message;
        Assert.Contains("embeddings.word_embeddings.weight", message);
        Assert.Contains("[50, 15]", message);
        Assert.Contains("[50, 16]", message);
        Assert.Contains("embeddings.position_embeddings.weight",
            Assert.Throws<InvalidDataException>(() => new PackedEncoder(TinyModel.Configuration with { HiddenSize = 15, HeadCount = 3 },
                new CheckpointWeights(file))).Message);
    }

    [Fact]
    public void Reduced_precision_stays_close()
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] exact = TinyModel.Logits(model);
        model.Encoder.Precision = ComputePrecision.BFloat16;
        float[] reduced = TinyModel.Logits(model);
        // bfloat16 keeps 8 bits: about 4e-3 per product, of logits of order 1.
        Assert.InRange(Differences.Largest(exact, reduced), 1e-6, 0.05 * exact.Max(Math.Abs));
    }

    [Fact]
    public void A_weight_changed_in_place_counts_from_then_on()
    {
        foreach (ComputePrecision precision in Enum.GetValues<ComputePrecision>())
        {
            using SequenceClassifier model = TinyModel.Create();
            model.Encoder.Precision = precision;
            float[] before = TinyModel.Logits(model);
            foreach (string part in new[] { "attention.self.key", "intermediate.dense" })
            {
                AdaptableLinear layer = model.Encoder.Linears.First(l => l.Name.EndsWith(part));
                using Tensor doubled = layer.Weight.Value.Times(2);
                layer.Weight.CopyFrom(doubled);
                model.Encoder.WeightsChanged();
                float[] after = TinyModel.Logits(model);
                Assert.NotEqual(before, after);
                before = after;
            }
        }
    }

    [Fact]
    public void Random_weights_follow_the_configuration_and_the_seed()
    {
        using SequenceClassifier model = TinyModel.Create(seed: 5);
        using SequenceClassifier same = TinyModel.Create(seed: 5);
        using SequenceClassifier other = TinyModel.Create(seed: 6);
        Assert.Equal(TinyModel.Logits(model), TinyModel.Logits(same));
        Assert.NotEqual(TinyModel.Logits(model), TinyModel.Logits(other));
        float[] words = model.Encoder.WordEmbeddings.Value.ToArray();
        Assert.All(words.AsSpan(16, 16).ToArray(), v => Assert.Equal(0f, v));
        Assert.InRange(Math.Sqrt(words.Average(v => (double)v * v)), 0.27, 0.33);
    }

    [Fact]
    public void Passes_on_several_threads_give_the_same_numbers()
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] expected = TinyModel.Logits(model);
        var results = new float[8][];
        Parallel.For(0, results.Length, i => results[i] = TinyModel.Logits(model));
        Assert.All(results, r => Assert.Equal(expected, r));
    }
}
