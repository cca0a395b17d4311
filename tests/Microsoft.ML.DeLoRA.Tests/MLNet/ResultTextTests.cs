namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What results print.</summary>
public class ResultTextTests
{
    [Fact]
    public void A_training_result_prints_its_epochs_and_the_best_one()
    {
        EpochResult[] epochs = [new(1, 0.75, 0.5, 0.625) { Step = 4 }, new(2, 0.25, 0.375, 0.875) { Step = 8 }];
        var result = new TrainingResult(epochs, epochs[1], "accuracy", 123.4, 12345)
        {
            Evaluations = [new(1, 0.9, 0.6, 0.5) { Step = 2 }, .. epochs], StoppedEarly = true,
        };
        string[] lines = result.ToString().Split(Environment.NewLine);
        Assert.Equal(
        [
            "12,345 parameters trained in 2 epochs, stopped early, 123 rows/s; kept: epoch 2, step 8: loss 0.2500, "
                + "validation loss 0.3750, accuracy 0.8750",
            "  epoch 1, step 2: loss 0.9000, validation loss 0.6000, accuracy 0.5000",
            "  epoch 1, step 4: loss 0.7500, validation loss 0.5000, accuracy 0.6250",
            "  epoch 2, step 8: loss 0.2500, validation loss 0.3750, accuracy 0.8750",
        ], lines);
        Assert.Equal("epoch 3, step 5: loss 0.1250", new EpochResult(3, 0.125, null, null) { Step = 5 }.ToString());
    }

    [Fact]
    public void A_multi_label_report_prints_a_table()
    {
        var report = MultiLabelReport.Create([[true, false], [true, true]], [[true, false], [false, true]], ["urgent", "a long name"]);
        Assert.Equal(
        [
            "2 rows: micro F1 0.8000, macro F1 0.8333, subset accuracy 0.5000, Hamming loss 0.2500",
            "label        precision  recall      F1  support",
            "urgent          1.0000  0.5000  0.6667        2",
            "a long name     1.0000  1.0000  1.0000        1",
        ], report.ToString().Split(Environment.NewLine));
    }

    [Fact]
    public void A_model_says_what_it_is()
    {
        var context = TestDevice.Context(1);
        using var model = Toy.Fit(context, Toy.Data(context, Toy.Rows(30)), Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        Assert.StartsWith("DeLoRATextTransformer: 3 classes, at most ", model.ToString());
        Assert.Contains("epoch 1, step ", model.ToString());
    }
}
