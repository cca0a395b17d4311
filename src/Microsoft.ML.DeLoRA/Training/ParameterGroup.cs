using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Parameters that share a learning rate and a weight decay.</summary>
/// <param name="Parameters">The parameters; all on one device.</param>
/// <param name="LearningRate">Peak learning rate, to be multiplied by the schedule's factor.</param>
/// <param name="WeightDecay">Decoupled weight decay.</param>
internal sealed record ParameterGroup(IReadOnlyList<ModelParameter> Parameters, double LearningRate, double WeightDecay)
{
    /// <summary>Sorts the trained parameters of a model into groups as the options say: weights, biases, strengths, the head.</summary>
    /// <param name="parameters">Parameters of adapters and encoder.</param>
    /// <param name="head">Parameters of the head.</param>
    /// <param name="options">Rates and decays.</param>
    public static IReadOnlyList<ParameterGroup> Create(IEnumerable<ModelParameter> parameters, IEnumerable<ModelParameter> head,
        TrainingOptions options)
    {
        double headRate = options.HeadLearningRate ?? options.LearningRate;
        return
        [
            .. parameters.Select(p => (Parameter: p, Rate: p.LearningRateFactor * (p.Kind == ParameterKind.Strength
                ? options.LambdaLearningRate ?? options.LearningRate
                : options.LearningRate)))
                .Concat(head.Select(p => (Parameter: p, Rate: headRate)))
                .GroupBy(p => (p.Rate, Decay: Decay(p.Parameter.Kind, options)), p => p.Parameter)
                .Select(g => new ParameterGroup([.. g], g.Key.Rate, g.Key.Decay)),
        ];
    }

    private static double Decay(ParameterKind kind, TrainingOptions options) => kind switch
    {
        ParameterKind.Weight => options.WeightDecay,
        ParameterKind.Strength => options.LambdaWeightDecay,
        _ => 0,
    };
}
