using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>The whole life of a multi-label classifier, by ML.NET's API alone, and what Fit makes of its labels.</summary>
public class MultiLabelTests
{
    private static readonly DeLoRATextMultiLabelClassificationOptions _quick =
        Toy.MultiLabel with { Training = new() { Seed = 1, Epochs = 1 } };

    private readonly MLContext _context = TestDevice.Context(1);

    [Fact]
    public void ItLearnsAndEvaluates()
    {
        IDataView data = _context.Data.LoadFromEnumerable(Toy.LabelRows(320));
        var split = _context.Data.TrainTestSplit(data, 0.25);
        ITransformer model = _context.Transforms.DeLoRATextMultiLabelClassification(Toy.MultiLabel).Fit(split.TrainSet);
        IDataView scored = model.Transform(split.TestSet);
        MultiLabelReport report = scored.CreateMultiLabelReport();
        Assert.True(report.MicroF1 > 0.85, $"micro F1 {report.MicroF1}");
        Assert.True(report.SubsetAccuracy > 0.6, $"subset accuracy {report.SubsetAccuracy}");
        Assert.Equal(Toy.Classes, report.Labels.Select(l => l.Label));

        var byHand =
            MultiLabelReport.Create([.. scored.GetColumn<bool[]>("Labels")], [.. scored.GetColumn<float[]>("Score")], 0.5f, Toy.Classes);
        Assert.Equal((byHand.RowCount, byHand.MicroF1, byHand.HammingLoss), (report.RowCount, report.MicroF1, report.HammingLoss));
        Assert.Equal(byHand.Labels, report.Labels);
        Assert.Equal(0, scored.CreateMultiLabelReport(threshold: 1).MicroF1);
    }

    [Fact]
    public void TheShortFormTrainsToo()
    {
        using DeLoRATextTransformer model = _context.Transforms
            .DeLoRATextMultiLabelClassification("Labels", "Text", baseModel: Toy.MultiLabel.BaseModel, epochs: 1, batchSize: 10,
                learningRate: 1e-3)
            .Fit(Toy.Load(_context, Toy.LabelRows(20)));
        Assert.Single(model.Training!.Epochs);
        Assert.Equal(["0", "1", "2"], model.Model.Description.Labels);
    }

    [Fact]
    public void OneLabelAloneIsATaskToo()
    {
        OneLabel[] rows = [.. Toy.LabelRows(160).Select(r => new OneLabel { Text = r.Text, Labels = [r.Labels[1]] })];
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        using DeLoRATextTransformer model = Toy.Fit(_context, data, Toy.MultiLabel with { LabelNames = ["middle"] });
        MultiLabelReport report = model.Transform(data).CreateMultiLabelReport();
        Assert.True(report.MicroF1 > 0.9, $"micro F1 {report.MicroF1}");
        Assert.Equal(report.MicroF1, report.MacroF1);
    }

    [Fact]
    public void SparseVectorsAreTheSameAsDenseOnes()
    {
        ToyRow[] rows = Toy.LabelRows(24);
        IDataView sparse = _context.Data.LoadFromEnumerable(rows.Select(r => new SparseRow { Text = r.Text, Labels = Sparse(r.Labels) }));
        Assert.Contains(rows, r => Sparse(r.Labels) is { IsDense: false, Length: 3 });
        using DeLoRATextTransformer fromDense = Toy.Fit(_context, Toy.Load(_context, rows), _quick);
        using DeLoRATextTransformer fromSparse = Toy.Fit(_context, sparse, _quick);
        Assert.Equal(Toy.Scores(fromDense.Transform(sparse)), Toy.Scores(fromSparse.Transform(sparse)));
        Assert.Equal(fromDense.Transform(Toy.Load(_context, rows)).CreateMultiLabelReport().Labels,
            fromSparse.Transform(sparse).CreateMultiLabelReport().Labels);

        static VBuffer<bool> Sparse(bool[] flags)
        {
            int[] set = [.. Enumerable.Range(0, flags.Length).Where(i => flags[i])];
            return new VBuffer<bool>(flags.Length, set.Length, [.. set.Select(_ => true)], set);
        }
    }

    [Fact]
    public void APredictionEngineGivesWhatTransformGives()
    {
        ToyRow[] rows = Toy.LabelRows(60);
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        ITransformer model = Toy.Fit(_context, data, Toy.MultiLabel with { Threshold = 0.3f });
        ToyLabels[] expected = [.. _context.Data.CreateEnumerable<ToyLabels>(model.Transform(data), reuseRowObject: false)];
        using var engine = _context.Model.CreatePredictionEngine<ToyRow, ToyLabels>(model);
        for (int i = 0; i < rows.Length; i++)
        {
            ToyLabels alone = engine.Predict(rows[i]);
            // One row or a batch of them: the same sums in another order.
            Assert.Equal(expected[i].Score, alone.Score, (a, b) => Math.Abs(a - b) < 1e-5);
            Assert.Equal(alone.Score.Select(s => s > 0.3f), alone.PredictedLabels);
        }
        Assert.Contains(expected, e => e.Score.Any(s => s is > 0.3f and <= 0.5f));
    }

    [Fact]
    public void TheEpochOfTheHighestMicroF1IsKept()
    {
        IDataView validation = Toy.Load(_context, Toy.LabelRows(37, seed: 9));
        using DeLoRATextTransformer model = Toy.Fit(
            _context, Toy.Load(_context, Toy.LabelRows(60)), Toy.MultiLabel with { ValidationSet = validation });
        Assert.Equal("micro F1", model.Training!.MetricName);
        Assert.Equal(model.Training.Epochs.Max(e => e.ValidationMetric), model.Training.Best.ValidationMetric);
        Assert.Equal(model.Training.Best.ValidationMetric!.Value, model.Transform(validation).CreateMultiLabelReport().MicroF1, 1e-9);
    }

    [Fact]
    public void AShareOfTheRowsIsHeldBackWithItsLabels()
    {
        var options = Toy.MultiLabel with { ValidationFraction = 0.25 };
        using DeLoRATextTransformer model = Toy.Fit(_context, Toy.Load(_context, Toy.LabelRows(200)), options);
        // Labels of other rows could not be learned.
        Assert.InRange(model.Training!.Best.ValidationMetric!.Value, 0.8, 1);
    }

    [Fact]
    public void NamesComeFromTheSlots()
    {
        IDataView data = WithSlotNames(_context, Toy.LabelRows(16), "x", "y");
        var options = _quick with { LabelNames = null, ValidationSet = data };
        using DeLoRATextTransformer model = Toy.Fit(_context, data, options);
        Assert.Equal(["x", "y"], model.Model.Description.Labels);
        Assert.Equal(["x", "y"], model.Transform(data).CreateMultiLabelReport().Labels.Select(l => l.Label));
        using DeLoRATextTransformer named = Toy.Fit(_context, data, options with { LabelNames = ["a", "b"] });
        Assert.Equal(["a", "b"], named.Model.Description.Labels);
    }

    [Theory]
    [InlineData(false, "No training row has the label 'middle'")]
    [InlineData(true, "Every training row has the label 'middle'")]
    public void ALabelThatIsAlwaysTheSameIsWarnedOf(bool value, string said)
    {
        var warnings = new List<string>();
        _context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        ToyRow[] rows = Toy.LabelRows(16);
        Toy.Fit(_context, Toy.Load(_context, rows), _quick).Dispose();
        Assert.Empty(warnings);
        foreach (ToyRow row in rows)
            row.Labels[1] = value;
        Toy.Fit(_context, Toy.Load(_context, rows), _quick).Dispose();
        Assert.StartsWith(said, Assert.Single(warnings));
    }

    [Theory]
    [InlineData("Text", "Score", "PredictedLabels", "'Text'")]
    [InlineData("Labels", "Vector", "PredictedLabels", "score column 'Vector'")]
    [InlineData("Labels", "Score", "Class", "predicted label column 'Class'")]
    [InlineData("Labels", "None", "PredictedLabels", "'None'")]
    public void AReportSaysWhichColumnIsWrong(string labels, string score, string predicted, string said)
    {
        IDataView data = Toy.Load(_context, Toy.LabelRows(16));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        IDataView scored = model.Transform(data);
        Assert.Contains(said,
            Assert.Throws<ArgumentOutOfRangeException>(() => scored.CreateMultiLabelReport(labels, score, predicted)).Message);
        Assert.Contains("no row",
            Assert.Throws<ArgumentException>(() => model.Transform(Toy.Load(_context, [])).CreateMultiLabelReport()).Message);
    }

    /// <summary>Rows whose first two labels are in a column that names its slots.</summary>
    internal static IDataView WithSlotNames(MLContext context, IEnumerable<ToyRow> rows, string first, string second)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(SparseRow));
        definition["Labels"].ColumnType = new VectorDataViewType(BooleanDataViewType.Instance, 2);
        definition["Labels"].AddAnnotation("SlotNames", new VBuffer<ReadOnlyMemory<char>>(2, [first.AsMemory(), second.AsMemory()]),
            new VectorDataViewType(TextDataViewType.Instance, 2));
        return context.Data.LoadFromEnumerable(rows.Select(r => new SparseRow
        {
            Text = r.Text,
            Labels = new VBuffer<bool>(2, [r.Labels[0], r.Labels[1]])
        }), definition);
    }

    private sealed class OneLabel
    {
        public string Text { get; set; } = "";

        [VectorType(1)]
        public bool[] Labels { get; set; } = [];
    }

    private sealed class SparseRow
    {
        public string Text { get; set; } = "";

        [VectorType(3)]
        public VBuffer<bool> Labels { get; set; }
    }
}
