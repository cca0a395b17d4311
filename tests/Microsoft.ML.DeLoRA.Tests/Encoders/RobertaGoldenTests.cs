using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>Hidden states, logits, losses and gradients of Hugging Face's RobertaForSequenceClassification, packed and padded.</summary>
public class RobertaGoldenTests(ITestOutputHelper output)
{
    // Asked for by the project; float32 and float64 runs of the reference differ by about 1e-6 here.
    private const double Tolerance = 1e-4;

    public static TheoryData<string, string, bool> Passes()
    {
        var data = new TheoryData<string, string, bool>();
        foreach (string model in Repository.GoldenCases("tiny-roberta"))
        {
            foreach (string file in Repository.GoldenCases($"tiny-roberta/{model}")
                .Where(f => f.StartsWith("expected") && f != "expected_grads.safetensors"))
            {
                data.Add(model, file, false);
                data.Add(model, file, true);
            }
        }
        return data;
    }

    public static TheoryData<string> Models() => [.. Repository.GoldenCases("tiny-roberta")];

    [Theory]
    [MemberData(nameof(Passes))]
    public void A_forward_pass_gives_the_reference_numbers(string model, string file, bool padded)
    {
        using SequenceClassifier classifier = GoldenModel.Load($"tiny-roberta/{model}");
        using SafeTensorsFile expected = Open(model, file);
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        var golden = new GoldenBatch(expected, classifier.Encoder.Configuration.PadId);
        using PackedBatch batch = padded ? golden.Padded() : golden.Packed();

        Tensor[] hidden = [.. classifier.Encoder.HiddenStates(batch)];
        double hiddenDifference = 0;
        for (int layer = 0; layer < hidden.Length && expected.Contains($"hidden_states.{layer}"); layer++)
        {
            float[] all = expected.ReadFloat32($"hidden_states.{layer}");
            int width = classifier.Encoder.Configuration.HiddenSize;
            for (int row = 0; row < batch.Count; row++)
            {
                (int start, int length) = batch.TokensOf(row).GetOffsetAndLength(batch.TokenCount);
                hiddenDifference = Math.Max(hiddenDifference,
                    Differences.Largest(all.AsSpan(row * golden.Length * width, length * width), hidden[layer].narrow(0, start, length)));
            }
        }

        double logits = Differences.Largest(expected.ReadFloat32("logits"), classifier.Forward(batch));
        output.WriteLine($"hidden states {hiddenDifference:e2}, logits {logits:e2}");
        Assert.InRange(hiddenDifference, 0, Tolerance);
        Assert.InRange(logits, 0, Tolerance);
        if (expected.Contains("loss"))
            Assert.InRange(Differences.Largest(expected.ReadFloat32("loss"), Loss(expected, classifier.Forward(batch))), 0, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_gradients_of_every_parameter_are_the_reference_ones(string model)
    {
        foreach (bool padded in new[] { false, true })
        {
            using SequenceClassifier classifier = GoldenModel.Load($"tiny-roberta/{model}");
            using SafeTensorsFile file = Open(model, "expected.safetensors");
            using SafeTensorsFile expected = Open(model, "expected_grads.safetensors");
            var gradients = new RenamedTensors(expected, "roberta.");
            using var scope = NewDisposeScope();
            ModelParameter[] parameters = [.. classifier.Encoder.Parameters, .. classifier.Head.Parameters];
            foreach (ModelParameter parameter in parameters)
                parameter.Trainable = true;

            var golden = new GoldenBatch(file, classifier.Encoder.Configuration.PadId);
            using PackedBatch batch = padded ? golden.Padded() : golden.Packed();
            Loss(file, classifier.Forward(batch)).backward();

            Assert.Equal(gradients.Names.Order(), parameters.Select(p => p.Name).Order());
            double largest = parameters.Max(p => Differences.Largest(gradients.ReadFloat32(p.Name), p.Value.grad!));
            output.WriteLine($"{(padded ? "padded" : "packed")}: gradients {largest:e2}");
            Assert.InRange(largest, 0, Tolerance);
        }
    }

    private static SafeTensorsFile Open(string model, string file)
        => SafeTensorsFile.Open(Path.Combine(Repository.Golden, "tiny-roberta", model, file));

    private static Tensor Loss(SafeTensorsFile file, Tensor logits) => logits.shape[1] == 1
        ? nn.functional.mse_loss(logits.reshape(-1), tensor(file.ReadFloat32("labels"), device: TestDevice.Current))
        : nn.functional.cross_entropy(logits, tensor(file.ReadInt64("labels"), device: TestDevice.Current));
}
