using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

[Collection(LiveTensors.Name)]
public class ForwardPassMemoryTests
{
    [Fact]
    public void A_pass_leaves_nothing_but_its_result()
    {
        using SequenceClassifier model = TinyModel.Create(dropout: 0.1);
        using PackedBatch batch = TinyModel.Batch();
        using var dropout = new SeededDropout(1, TestDevice.Current);
        model.Forward(batch, dropout).Dispose();
        long before = LiveTensors.Settled();
        using Tensor logits = model.Forward(batch, dropout);
        Assert.Equal(before + 1, Tensor.TotalCount);
    }

    [Fact]
    public void A_disposed_model_and_batch_leave_nothing()
    {
        long before = LiveTensors.Settled();
        using (SequenceClassifier model = TinyModel.Create())
        {
            model.Encoder.Precision = ComputePrecision.BFloat16;
            _ = TinyModel.Logits(model);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
