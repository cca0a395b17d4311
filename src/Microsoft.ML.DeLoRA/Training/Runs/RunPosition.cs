using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>How far a run has come: all that decides how it goes on, apart from tensors.</summary>
internal sealed class RunPosition
{
    /// <summary>The current epoch, from 1.</summary>
    public int Epoch { get; set; } = 1;

    /// <summary>Steps done in it.</summary>
    public int StepsInEpoch { get; set; }

    /// <summary>Steps done in all.</summary>
    public int Step { get; set; }

    /// <summary>Loss of the last step.</summary>
    public double Loss { get; set; }

    /// <summary>Base learning rate of the last step.</summary>
    public double LearningRate { get; set; }

    /// <summary>Sum over the epoch's steps of loss times weight.</summary>
    public double LossSum { get; set; }

    /// <summary>Sum of these weights.</summary>
    public double LossWeight { get; set; }

    /// <summary>Steps without an update, because their gradient was not finite.</summary>
    public int SkippedSteps { get; set; }

    /// <summary>How many of them were the last steps.</summary>
    public int SkippedInARow { get; set; }

    /// <summary>See <see cref="GradientStep.MaxRows"/>.</summary>
    public int? MaxRows { get; set; }

    public List<EpochResult> Epochs { get; init; } = [];

    public List<EpochResult> Evaluations { get; init; } = [];

    /// <summary>The best of them so far.</summary>
    public EpochResult? Best { get; set; }

    public bool StoppedEarly { get; set; }

    public bool Finished { get; set; }

    /// <summary>What an <see cref="IRunJournal"/> noted so far; null without one.</summary>
    public JsonNode? Journal { get; set; }

    /// <summary>Counts a step that was done.</summary>
    /// <param name="result">What it did.</param>
    /// <param name="rate">Its base learning rate.</param>
    /// <param name="weight">What it counts in the mean loss of the epoch.</param>
    public void Add(StepResult result, double rate, double weight)
    {
        (Loss, LearningRate) = (result.Loss, rate);
        LossSum += result.Loss * weight;
        LossWeight += weight;
        StepsInEpoch++;
        Step++;
        SkippedSteps += result.IsUpdate ? 0 : 1;
        SkippedInARow = result.IsUpdate ? 0 : SkippedInARow + 1;
    }

    public string ToJson() => RunJson.Write(this).ToJsonString();

    /// <exception cref="InvalidDataException">It is not what <see cref="ToJson"/> gives.</exception>
    public static RunPosition FromJson(string json) => RunJson.Parse<RunPosition>(json, "position");
}
