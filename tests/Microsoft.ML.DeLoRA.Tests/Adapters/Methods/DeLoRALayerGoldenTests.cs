using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>Forward, change, merge and gradients of one layer as PEFT and the authors' code compute them.</summary>
public class DeLoRALayerGoldenTests(ITestOutputHelper output)
{
    public static TheoryData<string> Cases()
        => [.. Repository.GoldenCases("delora-layer")
            .SelectMany(by => Repository.GoldenCases($"delora-layer/{by}").Select(c => $"{by}/{c}"))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_layer_gives_the_reference_numbers(string name)
    {
        using SafeTensorsFile golden = SafeTensorsFile.Open(Path.Combine(Repository.Golden, "delora-layer", name));
        using var scope = NewDisposeScope();
        Tensor Read(string tensor) => golden.ReadTensor(tensor).to(TestDevice.Current);
        Tensor weight = Read("W");
        using var layer =
            new AdaptableLinear("layer", weight, golden.Contains("bias") ? Read("bias") : weight.new_zeros([weight.shape[0]]));
        using LinearAdapter adapter = Adapter(golden, layer);
        layer.Adapter = adapter;
        ModelParameter Own(string part)
            => adapter.Parameters.Concat(adapter.Buffers).Single(p => p.Name.Contains(part, StringComparison.Ordinal));

        Tensor x = Read("x").reshape(-1, layer.InputSize);
        x.requires_grad = true;
        Tensor y = layer.Forward(x, ComputePrecision.Float32, ForwardContext.WithoutBatch());
        (y * Read("g").reshape(-1, layer.OutputSize)).sum().backward();
        Tensor delta = adapter.Forward(eye(layer.InputSize, device: x.device), x.new_zeros([layer.InputSize, layer.OutputSize]),
            ForwardContext.WithoutBatch()).t();
        Tensor merged = adapter.MergedWeight();

        Check("output", y);
        Check("delta", delta);
        Check("W_merged", merged);
        Check("output_merged", nn.functional.linear(x, merged, layer.Bias.Value));
        Check("grad_x", x.grad!);
        Check("grad_A", Own("delora_A").Value.grad!);
        Check("grad_B", Own("delora_B").Value.grad!);
        Check("grad_lambda", Own("delora_lambda").Value.grad!);

        void Check(string tensor, Tensor actual)
        {
            float[] expected = golden.ReadFloat32(tensor);
            double difference = Differences.Relative(expected, actual);
            // Asked for by the project; where the reference's own float32 numbers are further from its float64 ones, they say no more.
            double allowed = golden.Contains(tensor + "_f64")
                ? Math.Max(1e-5, 2 * Differences.Relative(expected, golden.ReadTensor(tensor + "_f64")))
                : 1e-5;
            output.WriteLine($"{tensor} {difference:e2} of {allowed:e2}");
            Assert.True(difference <= allowed, $"{tensor}: {difference:e2}");
        }
    }

    private static LinearAdapter Adapter(SafeTensorsFile golden, AdaptableLinear layer)
    {
        bool authors = golden.Contains("frozen_C");
        var method = new DeLoRAMethod
        {
            Rank = (int)golden.Shape("A")[0],
            Initialization = authors ? DeLoRAInitialization.FrozenCopy : DeLoRAInitialization.ZeroB,
        };
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(1);
        LinearAdapter adapter = method.Create(layer, generator);
        foreach (ModelParameter parameter in adapter.Parameters.Concat(adapter.Buffers))
        {
            string part = parameter.Name.Split('.')[1];
            using Tensor value = golden.ReadTensor(part switch
            {
                "delora_A" => "A",
                "delora_B" => "B",
                "delora_lambda" => "lambda",
                "delora_w_norm" => "w_norm",
                _ => part,
            });
            parameter.CopyFrom(value);
        }
        return adapter;
    }
}
