namespace Microsoft.ML.Data;

/// <summary>
/// Adds up predictions of one of several classes. A label beyond the classes counts as a row that nothing could have predicted.
/// </summary>
internal sealed class MulticlassAggregator(int classes)
{
    private const float Epsilon = 1e-15f;

    private readonly double[] _labelCounts = new double[classes];
    private readonly double[] _classLoss = new double[classes];
    private readonly double[] _rankCounts = new double[classes + 1];
    private double _rows;
    private double _correct;
    private double _loss;

    /// <summary>By truth, then prediction.</summary>
    public double[][] Counts { get; } = Enumerable.Range(0, classes).Select(_ => new double[classes]).ToArray();

    public double MicroAccuracy => _rows > 0 ? _correct / _rows : 0;

    /// <summary>The mean over the classes that occur.</summary>
    public double MacroAccuracy
    {
        get
        {
            double sum = 0;
            int occurring = 0;
            for (int i = 0; i < classes; i++)
            {
                if (_labelCounts[i] == 0)
                    continue;
                occurring++;
                sum += Counts[i][i] / _labelCounts[i];
            }
            return occurring > 0 ? sum / occurring : 0;
        }
    }

    public double LogLoss => _rows > 0 ? _loss / _rows : 0;

    /// <summary>Against always predicting the labels' own frequencies.</summary>
    public double LogLossReduction
    {
        get
        {
            double sum = 0;
            foreach (double count in _labelCounts.Where(c => c > 0))
                sum += count * Math.Log(count / _rows);
            double priorLoss = -sum / _rows;
            return (priorLoss - LogLoss) / priorLoss;
        }
    }

    public double[] PerClassLogLoss => _classLoss.Select((loss, i) => _labelCounts[i] > 0 ? loss / _labelCounts[i] : 0).ToArray();

    /// <summary>For each k up to the given one: the share of rows whose label is among the k highest scores.</summary>
    public double[] TopKAccuracies(int highest)
    {
        var accuracies = new double[highest];
        double sum = 0;
        for (int k = 0; k < highest; k++)
            accuracies[k] = sum += _rankCounts[k] / _rows;
        return accuracies;
    }

    /// <param name="label">The true class, from 0.</param>
    /// <param name="scores">One score a class.</param>
    public void Add(long label, ReadOnlySpan<float> scores)
    {
        _rows++;
        if (label >= classes)
        {
            _loss -= Math.Log(Epsilon);
            return;
        }
        int truth = (int)label;
        int predicted = IndexOfFirstMaximum(scores);
        _labelCounts[truth]++;
        Counts[truth][predicted]++;
        _correct += predicted == truth ? 1 : 0;
        _rankCounts[Rank(truth, scores)]++;
        double loss = -Math.Log(Math.Clamp(scores[truth], Epsilon, 1));
        _loss += loss;
        _classLoss[truth] += loss;
    }

    private static int IndexOfFirstMaximum(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
                best = i;
        }
        return best;
    }

    /// <summary>How many scores come before that of a class; of equal scores the first comes first.</summary>
    private static int Rank(int index, ReadOnlySpan<float> scores)
    {
        int rank = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > scores[index] || (scores[i] == scores[index] && i < index))
                rank++;
        }
        return rank;
    }
}
