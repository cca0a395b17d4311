using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Commands;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>
/// Errors name a row by its number in the data that the user gave, whatever was read in windows, left out, held back or sorted.
/// </summary>
public sealed class RowNumberTests : IDisposable
{
    private const string Half = "a\ud800";

    private readonly MLContext _context = TestDevice.Context(1);
    private readonly DeLoRATextTransformer _model;

    public RowNumberTests()
        => _model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(30)), Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(500)]
    [InlineData(2500)]
    public void Of_a_view_that_is_scored_in_windows(int wrong)
    {
        ToyRow[] rows = Toy.Rows(2600);
        rows[wrong].Text = Half;
        IDataView scored = _model.Transform(Toy.Load(_context, rows));
        string message = Assert.Throws<ArgumentException>(() => scored.GetColumn<uint>("PredictedLabel").Count()).Message;
        Assert.StartsWith($"Row {wrong} (counted from 0): ", message);
    }

    [Fact]
    public void Of_texts_that_a_model_scores_without_MLNet()
    {
        string[] texts = [.. Enumerable.Repeat("abc", 2600)];
        texts[2500] = Half;
        Assert.StartsWith("Row 2500 (counted from 0): ", Assert.Throws<ArgumentException>(() => _model.Model.Predict(texts)).Message);
    }

    [Fact]
    public void Of_training_rows_of_which_some_have_no_label()
    {
        ToyRow[] rows = Toy.Rows(40);
        foreach (ToyRow row in rows[3..9])
            row.Class = "";
        rows[20].Text = Half;
        // An empty text maps to a missing key.
        string message = Assert.Throws<ArgumentException>(() => Toy.Fit(_context, Toy.Data(_context, rows), Toy.Options)).Message;
        Assert.StartsWith("Row 20 of the training data (counted from 0): ", message);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.8)]
    public void Of_training_rows_of_which_some_are_held_back(double fraction)
    {
        ToyRow[] rows = Toy.Rows(40);
        rows[20].Text = Half;
        string message = Assert.Throws<ArgumentException>(
            () => Toy.Fit(_context, Toy.Data(_context, rows), Toy.Options with { ValidationFraction = fraction })).Message;
        Assert.StartsWith("Row 20 of the training data (counted from 0): ", message);
    }

    [Fact]
    public void Of_a_validation_set_which_is_said()
    {
        IEstimator<ITransformer> keys = _context.Transforms.Conversion.MapValueToKey("Label", nameof(ToyRow.Class));
        IDataView training = Toy.Load(_context, Toy.Rows(40));
        ToyRow[] other = Toy.Rows(20, seed: 5);
        other[11].Text = Half;
        ITransformer mapped = keys.Fit(training);
        IDataView validation = mapped.Transform(Toy.Load(_context, other));
        string message = Assert.Throws<ArgumentException>(
            () => Toy.Fit(_context, mapped.Transform(training), Toy.Options with { ValidationSet = validation })).Message;
        Assert.StartsWith("Row 11 of the validation data (counted from 0): ", message);
    }

    [Fact]
    public void Of_the_step_in_which_a_training_diverges()
    {
        ToyRow[] rows = Toy.Rows(40);
        foreach (ToyRow row in rows)
            row.Value = row.Number % 2 == 0 ? float.NaN : row.Number == 31 ? 3e38f : 1;
        var error = Assert.Throws<TrainingDivergedException>(() => Toy.Fit(_context, Toy.Load(_context, rows),
            Toy.Regression with { Training = new() { Seed = 1, Epochs = 1, BatchSize = 1, WarmupRatio = 0 } }));
        Assert.Equal([31], error.Rows);
    }

    [Fact]
    public void Of_scores_that_are_not_finite_where_rows_before_have_no_label()
    {
        Scored[] rows =
            [new() { Value = float.NaN, Score = 1 }, new() { Value = 1, Score = 1 }, new() { Value = 2, Score = float.NaN }];
        Assert.StartsWith("The output of row 2 is NaN",
            Assert.ThrowsAny<NotFiniteNumberException>(() => ScoredPredictions.Read(_context.Data.LoadFromEnumerable(rows),
                "Value")).Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.5f)]
    public void Of_multi_label_scores_that_are_not_finite(float? threshold)
    {
        ScoredLabels[] rows = [new() { Score = [0.1f, 0.9f] }, new() { Score = [0.1f, float.NaN] }];
        IDataView scored = _context.Data.LoadFromEnumerable(rows);
        Assert.StartsWith("The score 1 of row 1 is NaN",
            Assert.ThrowsAny<NotFiniteNumberException>(() => scored.CreateMultiLabelReport(threshold: threshold)).Message);
    }

    [Fact]
    public void No_classification_report_makes_a_figure_of_NaN()
    {
        ITransformer keys = _context.Transforms.Conversion.MapValueToKey(ClassificationPipeline.KeyColumn, "Class")
            .Fit(_context.Data.LoadFromEnumerable([new ScoredClass { Class = "a" }, new ScoredClass { Class = "b" }]));
        IDataView scored = keys.Transform(_context.Data.LoadFromEnumerable(
            [new ScoredClass { Class = "a", Score = [0.5f, 0.5f] }, new ScoredClass { Class = "b", Score = [float.NaN, float.NaN] }]));
        Assert.StartsWith("The output 0 of row 1 is NaN", Assert.ThrowsAny<NotFiniteNumberException>(
            () => ClassificationReport.Print(_context, scored, [new() { Label = "a" }, new() { Label = "b" }], json: true)).Message);
    }

    private sealed class Scored
    {
        public float Value { get; set; }

        public float Score { get; set; }
    }

    private sealed class ScoredLabels
    {
        [VectorType(2)]
        public bool[] Labels { get; set; } = new bool[2];

        [VectorType(2)]
        public bool[] PredictedLabels { get; set; } = new bool[2];

        [VectorType(2)]
        public float[] Score { get; set; } = new float[2];
    }

    private sealed class ScoredClass
    {
        public string Class { get; set; } = "";

        public uint PredictedLabel { get; set; } = 1;

        [VectorType(2)]
        public float[] Score { get; set; } = new float[2];
    }
}
