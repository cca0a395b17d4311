using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>The whole life of a classifier, by ML.NET's API alone.</summary>
public class LifeTests
{
    [Fact]
    public void ItLearnsAndEvaluates()
    {
        var context = TestDevice.Context(1);
        IDataView data = context.Data.LoadFromEnumerable(Toy.Rows(240));
        var split = context.Data.TrainTestSplit(data, 0.25);
        ITransformer model = Toy.Pipeline(context).Fit(split.TrainSet);
        MulticlassClassificationMetrics metrics = context.MulticlassClassification.Evaluate(model.Transform(split.TestSet));
        Assert.True(metrics.MicroAccuracy > 0.9, $"accuracy {metrics.MicroAccuracy}");
        // Chance is ln 3 = 1.1: scores that are no probabilities would not be below it.
        Assert.True(metrics.LogLoss < 0.6, $"log-loss {metrics.LogLoss}");
    }

    [Fact]
    public void TheTrainersCatalogHasItToo()
    {
        var context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(30));
        DeLoRATextEstimator estimator = context.MulticlassClassification.Trainers.DeLoRATextClassification(
            baseModel: Toy.Options.BaseModel, epochs: 1, batchSize: 10, learningRate: 1e-3);
        using DeLoRATextTransformer model = estimator.Fit(data);
        Assert.Single(model.Training!.Epochs);
        context.MulticlassClassification.Trainers.DeLoRATextClassification(Toy.Options);
    }

    [Fact]
    public void PairsAreLearnedFromBothTexts()
    {
        var context = TestDevice.Context(1);
        // The first text says nothing about the class; the second one does.
        ToyRow[] rows = Toy.Rows(150);
        foreach (ToyRow row in rows)
            (row.Text, row.Second) = (row.Second, row.Text);
        IDataView data = Toy.Data(context, rows);
        var options =
            Toy.Options with { SecondTextColumnName = nameof(ToyRow.Second), Training = Toy.Options.Training with { Epochs = 20 } };
        using DeLoRATextTransformer pairs = Toy.Fit(context, data, options);
        Assert.True(context.MulticlassClassification.Evaluate(pairs.Transform(data)).MicroAccuracy > 0.8);
    }

    [Fact]
    public void CrossValidationWorks()
    {
        var context = TestDevice.Context(1);
        IDataView data = context.Data.LoadFromEnumerable(Toy.Rows(120));
        var folds = context.MulticlassClassification.CrossValidate(data, Toy.Pipeline(context), numberOfFolds: 2);
        Assert.Equal(2, folds.Count);
        Assert.All(folds, f => Assert.True(f.Metrics.MicroAccuracy > 0.6, $"accuracy {f.Metrics.MicroAccuracy}"));
    }

    [Fact]
    public void APredictionEngineGivesWhatTransformGives()
    {
        var context = TestDevice.Context(1);
        ToyRow[] rows = Toy.Rows(60);
        IDataView data = context.Data.LoadFromEnumerable(rows);
        ITransformer model = Toy.Pipeline(context).Fit(data);
        ToyPrediction[] expected = [.. context.Data.CreateEnumerable<ToyPrediction>(model.Transform(data), reuseRowObject: false)];
        using var engine = context.Model.CreatePredictionEngine<ToyRow, ToyPrediction>(model);
        for (int i = 0; i < rows.Length; i++)
        {
            ToyPrediction alone = engine.Predict(rows[i]);
            Assert.Equal(expected[i].Predicted, alone.Predicted);
            // One row or a batch of them: the same sums in another order.
            Assert.Equal(expected[i].Score, alone.Score, (a, b) => Math.Abs(a - b) < 1e-5);
            Assert.Equal(alone.Score.Max(), alone.Score[alone.PredictedLabel - 1]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void APredictionEngineOwnsTheModelUnlessItIsToldNotTo(bool owns)
    {
        var context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(30));
        using DeLoRATextTransformer model = Toy.Fit(context, data, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        using (context.Model.CreatePredictionEngine<ToyRow, ToyPrediction>(model, new PredictionEngineOptions { OwnsTransformer = owns }))
        {
        }
        Exception? end = Record.Exception(() => Toy.Scores(model.Transform(data)));
        Assert.Equal(owns, end?.ToString().Contains("unless PredictionEngineOptions.OwnsTransformer is false") ?? false);
        Assert.Equal(owns, end is not null);
    }

    [Fact]
    public void ARowIsScoredOnceHoweverManyOfItsColumnsAreAsked()
    {
        var context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(12));
        using DeLoRATextTransformer model = Toy.Fit(context, data);
        IRowToRowMapper mapper = model.GetRowToRowMapper(data.Schema);
        using DataViewRowCursor cursor = data.GetRowCursor(mapper.GetDependencies(mapper.OutputSchema));
        using DataViewRow row = mapper.GetRow(cursor, mapper.OutputSchema);
        var score = row.GetGetter<VBuffer<float>>(row.Schema["Score"]);
        var label = row.GetGetter<uint>(row.Schema["PredictedLabel"]);
        var number = row.GetGetter<float>(row.Schema["Number"]);
        long before = model.Model.ForwardPasses;
        (VBuffer<float> scores, uint key, float value) = (default, 0, 0);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(cursor.MoveNext());
            label(ref key);
            score(ref scores);
            number(ref value);
            Assert.Equal(i, value);
        }
        Assert.Equal(3, model.Model.ForwardPasses - before);
    }
}
