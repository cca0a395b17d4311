using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

[Collection(LiveTensors.Name)]
public class MemoryTests
{
    [Fact]
    public void PredictingLeavesNothing()
    {
        var context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(30));
        using DeLoRATextTransformer model = Toy.Fit(context, data, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        Toy.Scores(model.Transform(data));
        long before = LiveTensors.Settled();
        Toy.Scores(model.Transform(data));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void FittingSavingLoadingAndDisposingLeaveNothing()
    {
        long before = LiveTensors.Settled();
        var context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(30));
        using (DeLoRATextTransformer model =
            Toy.Fit(context, data, Toy.Options with { Training = new() { Seed = 1, Epochs = 2 }, ValidationFraction = 0.3 }))
        {
            using var stream = new MemoryStream();
            model.Model.Save(stream);
            stream.Position = 0;
            using TextModel loaded = TextModel.Load(stream, TestDevice.Current);
            loaded.Predict(["abc"]);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void ARegressionLeavesNothing()
    {
        long before = LiveTensors.Settled();
        var context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(30));
        using (DeLoRATextTransformer model =
            Toy.Fit(context, data, Toy.Regression with { Training = new() { Seed = 1, Epochs = 2 }, ValidationFraction = 0.3 }))
            Toy.Scores(model.Transform(data));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void AFitThatFailsLeavesNothing()
    {
        long before = LiveTensors.Settled();
        var context = TestDevice.Context(1);
        IDataView empty = Toy.Data(context, Toy.Rows(12).Select(r => new ToyRow { Class = r.Class }));
        Assert.Throws<InvalidOperationException>(() => Toy.Fit(context, empty));
        Assert.Throws<ArgumentException>(() => Toy.Fit(context, empty, Toy.Options with { Adapter = new DeLoRAMethod { Rank = 100 } }));
        Assert.Equal(before, Tensor.TotalCount);
    }
}
