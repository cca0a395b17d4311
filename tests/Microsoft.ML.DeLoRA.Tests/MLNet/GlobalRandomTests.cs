namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>Runs alone: other tests may draw from the same generator.</summary>
[CollectionDefinition(nameof(GlobalRandomTests), DisableParallelization = true)]
[Collection(nameof(GlobalRandomTests))]
public class GlobalRandomTests
{
    [Fact]
    public void TrainingAndMappersLeaveTheGlobalRandomNumbersAlone()
    {
        var context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(30));
        TorchSharp.torch.manual_seed(7);
        float[] expected = Draw();
        TorchSharp.torch.manual_seed(7);
        using DeLoRATextTransformer model = Toy.Fit(context, data, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        using var engine = context.Model.CreatePredictionEngine<ToyRow, ToyPrediction>(model);
        engine.Predict(new ToyRow { Text = "abc" });
        Assert.Equal(expected, Draw());

        static float[] Draw()
        {
            using TorchSharp.torch.Tensor numbers = TorchSharp.torch.rand(4);
            return numbers.data<float>().ToArray();
        }
    }
}
