using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>Small tasks on random token sequences.</summary>
internal static class Tasks
{
    /// <summary>Three classes: whether a row has more low, middle or high token ids.</summary>
    public static TrainingData Classes(int rows = 40, int seed = 1)
    {
        int[][] texts = TinyModel.Rows(rows, seed);
        return TrainingData.Classification(Texts.Of(texts), [.. texts.Select(t => Math.Min(2, (int)(t[1..^1].Average() - 3) / 16))], 3);
    }

    /// <summary>The mean token id, scaled to about 0 to 1.</summary>
    public static TrainingData Values(int rows = 40, int seed = 1)
    {
        int[][] texts = TinyModel.Rows(rows, seed);
        return TrainingData.Regression(Texts.Of(texts), [.. texts.Select(t => (float)t[1..^1].Average() / 50)]);
    }

    /// <summary>Three labels: whether a row has a low, a middle, a high token id among the first three.</summary>
    public static TrainingData Labels(int rows = 40, int seed = 1)
    {
        int[][] texts = TinyModel.Rows(rows, seed);
        return TrainingData.MultiLabel(Texts.Of(texts),
            [.. texts.Select(t => (bool[])[.. Enumerable.Range(0, 3)
                .Select(label => t[1..^1].Take(3).Any(id => Math.Min(2, (id - 3) / 16) == label))])]);
    }
}
