namespace Microsoft.ML.Data;

/// <summary>Adds up predictions of a number.</summary>
internal sealed class RegressionAggregator
{
    private double _rows;
    private double _absolute;
    private double _squared;
    private double _labels;
    private double _squaredLabels;

    public double MeanAbsoluteError => Mean(_absolute);

    public double MeanSquaredError => Mean(_squared);

    /// <summary>NaN where all labels are equal.</summary>
    public double RSquared
    {
        get
        {
            if (_rows == 0)
                return 0;
            double variance = _squaredLabels - _labels * _labels / _rows;
            return variance > 0 ? 1 - _squared / variance : double.NaN;
        }
    }

    public void Add(double label, double score)
    {
        double difference = Math.Abs(label - score);
        _rows++;
        _absolute += difference;
        _squared += difference * difference;
        _labels += label;
        _squaredLabels += label * label;
    }

    private double Mean(double sum) => _rows > 0 ? sum / _rows : 0;
}
