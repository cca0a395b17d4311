using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>
/// One run of a learning-rate sweep: a GLUE run whose adapters' learning rates are the method's base rates times a factor. The head keeps
/// the method's base rate, or the one that is given. Source: the DeLoRA paper, section 3.4, appendices C and D.
/// </summary>
public sealed record RobustnessSettings
{
    /// <summary>The base rate of DeLoRA's B and A in the paper's sweeps.</summary>
    public const double DeLoRALearningRate = 6e-3;

    /// <summary>The base rate of lambda in the paper's sweeps.</summary>
    public const double LambdaLearningRate = 1e-3;

    /// <summary>The run at the base rates.</summary>
    public required GlueSettings Base { get; init; }

    /// <summary>What the rates of <see cref="Sweep"/> are multiplied by; above 0, default 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Which rates the factor multiplies; default all of the adapters.</summary>
    public RobustnessSweep Sweep { get; init; }

    /// <summary>The linear layer whose distance from its pretrained weight is measured; see <see cref="MiddleQuery"/>.</summary>
    public required string Module { get; init; }

    /// <summary>The run with the factor applied.</summary>
    public GlueSettings Run => Base with
    {
        Training = Base.Training with
        {
            LearningRate = Base.Training.LearningRate * (Sweep == RobustnessSweep.Lambda ? 1 : Factor),
            LambdaLearningRate = Base.Training.LambdaLearningRate * (Sweep == RobustnessSweep.BA ? 1 : Factor),
            HeadLearningRate = Base.Training.HeadLearningRate ?? Base.Training.LearningRate,
        },
    };

    /// <summary>
    /// The paper's base rates of a method: 6e-3 for DeLoRA with 1e-3 for its lambda, 6e-3 for ETHER+, 6e-4 for LoRA and DoRA; all else as
    /// in <see cref="GlueSettings.Preset"/>.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="method">The method's name, in any case.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="module">See <see cref="Module"/>.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static RobustnessSettings Preset(GlueTask task, string method, int seed, string module)
    {
        GlueSettings preset = GlueSettings.Preset(task, method, seed);
        TrainingOptions training = preset.Training with { LambdaLearningRate = HasStrength(preset.Adapter) ? LambdaLearningRate : null };
        if (preset.Adapter is DeLoRAMethod)
            training = training with { LearningRate = DeLoRALearningRate };
        return new RobustnessSettings { Base = preset with { Training = training }, Module = module };
    }

    /// <summary>The query projection of the middle layer (of an even number, the one behind the middle).</summary>
    public static string MiddleQuery(EncoderConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return $"encoder.layer.{configuration.LayerCount / 2}.attention.self.query";
    }

    /// <summary>Says which option is out of range.</summary>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the method; the message names it.</exception>
    public void Validate()
    {
        if (!(Factor > 0 && double.IsFinite(Factor)))
            throw new ArgumentException($"The factor is {Factor}; it must be a finite number above 0.", nameof(Factor));
        if (Base.Adapter is null)
            throw new ArgumentException(
                $"The method '{Base.Method}' has no adapters, so there is no learning rate to sweep.", nameof(Base));
        if (Sweep != RobustnessSweep.Both && !HasStrength(Base.Adapter))
            throw new ArgumentException($"{Base.Method} has no strength with a learning rate of its own, "
                + "so it takes part in the sweep of both rates only.", nameof(Sweep));
        Run.Validate();
    }

    /// <summary>The settings as they stand in a result file.</summary>
    internal JsonObject ToJson()
    {
        JsonObject json = Run.ToJson();
        json["sweep"] = Sweep.ToString();
        json["factor"] = Factor;
        json["module"] = Module;
        return json;
    }

    private static bool HasStrength(AdapterMethod? adapter) => adapter is BoundedLowRankMethod;
}
