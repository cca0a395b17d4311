using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeLoRA.Training.Resuming;

/// <summary>How far a run has come: all that decides how it goes on, apart from tensors.</summary>
internal sealed class RunPosition
{
    private static readonly JsonSerializerOptions _json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

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

    /// <summary>See <see cref="GradientStep.MaxRows"/>.</summary>
    public int? MaxRows { get; set; }

    public List<EpochResult> Epochs { get; init; } = [];

    public List<EpochResult> Evaluations { get; init; } = [];

    /// <summary>The best of them so far.</summary>
    public EpochResult? Best { get; set; }

    public bool StoppedEarly { get; set; }

    public bool Finished { get; set; }

    public string ToJson() => JsonSerializer.Serialize(this, _json);

    /// <exception cref="InvalidDataException">It is not what <see cref="ToJson"/> gives.</exception>
    public static RunPosition FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<RunPosition>(json, _json) ?? throw new InvalidDataException("The run's position is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The run's position is not valid: {e.Message}", e);
        }
    }
}
