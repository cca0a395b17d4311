using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

public class ScoredPredictionsTests
{
    private static readonly MLContext _context = TestDevice.Context(1);

    private sealed class Scored
    {
        /// <summary>ML.NET counts a member's values from 0 and takes those out of range for missing.</summary>
        [KeyType(2)]
        public uint Label { get; set; }

        [VectorType(2)]
        public float[] Score { get; set; } = [];
    }

    private sealed class ScoredNumber
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }

    [Fact]
    public void Rows_with_a_class_are_read_and_those_without_left_out()
    {
        IDataView data = _context.Data.LoadFromEnumerable<Scored>(
            [new() { Label = 0, Score = [.8f, .2f] }, new() { Label = 9, Score = [0, 1] }, new() { Label = 1, Score = [.9f, .1f] }]);
        Predictions predictions = ScoredPredictions.Read(data);
        Assert.Equal((2, 2), (predictions.Count, predictions.OutputCount));
        Assert.Equal([0f, 1f], predictions.Targets.ToArray());
        Assert.Equal([.9f, .1f], predictions.Outputs(1).ToArray());
        Assert.Equal(0.5, new Accuracy().Compute(predictions));
    }

    [Fact]
    public void Rows_with_a_number_are_read_and_those_without_left_out()
    {
        IDataView data = _context.Data.LoadFromEnumerable<ScoredNumber>(
            [new() { Label = 1, Score = 2 }, new() { Label = float.NaN, Score = 9 }, new() { Label = 3, Score = 4 }]);
        Predictions predictions = ScoredPredictions.Read(data);
        Assert.Equal([1f, 3f], predictions.Targets.ToArray());
        Assert.Equal([2f, 4f], predictions.Values.ToArray());
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        IDataView data = _context.Data.LoadFromEnumerable<Scored>([new() { Label = 9, Score = [1, 0] }]);
        Assert.Contains("'Other'", Message(() => ScoredPredictions.Read(data, scoreColumnName: "Other")));
        Assert.Contains("'Other'", Message(() => ScoredPredictions.Read(data, labelColumnName: "Other")));
        Assert.Contains("must be Single, or a vector", Message(() => ScoredPredictions.Read(data, scoreColumnName: "Label")));
        string nothing = Assert.Throws<InvalidOperationException>(() => ScoredPredictions.Read(data)).Message;
        Assert.Contains("No row has a label in column 'Label'", nothing);

        static string Message(Action read) => Assert.ThrowsAny<ArgumentException>(read).Message;
    }
}
