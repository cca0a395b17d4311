using System.CommandLine;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>How many steps of what size <c>train</c> takes: epochs, batches, learning rates and their schedule, decay.</summary>
internal sealed class OptimizerOptions
{
    private static readonly TrainingOptions _defaults = new();

    private static readonly IReadOnlyDictionary<string, LearningRateSchedule> _schedules = new Dictionary<string, LearningRateSchedule>
    {
        ["linear"] = new LinearSchedule(),
        ["cosine"] = new CosineSchedule(),
        ["constant"] = new ConstantSchedule(),
    };

    private readonly Option<int> _epochs = Values.Option("--epochs", "Passes over the rows", _defaults.Epochs);
    private readonly Option<int> _batch = Values.Option("--batch", "Rows of a forward pass", _defaults.BatchSize);
    private readonly Option<int> _accumulation = Values.Option("--gradient-accumulation",
        "Batches whose gradients make one step", _defaults.GradientAccumulationSteps);

    private readonly Option<double?> _rate = new("--learning-rate")
    {
        Description = "Peak learning rate; by method when not given: DeLoRA 3e-3, LoRA 6e-4, full 2e-5, ... ('delora methods')",
    };

    private readonly Option<double?> _lambdaRate = new("--lambda-learning-rate")
    {
        Description = "Peak learning rate of lambda; as --learning-rate when not given",
    };

    private readonly Option<double?> _headRate = new("--head-learning-rate")
    {
        Description = "Peak learning rate of the head; as --learning-rate when not given",
    };

    private readonly Option<double> _decay = Values.Option("--weight-decay", "Decoupled weight decay of matrices", _defaults.WeightDecay);
    private readonly Option<double> _lambdaDecay = Values.Option("--lambda-weight-decay",
        "Decoupled weight decay of lambda", _defaults.LambdaWeightDecay);
    private readonly Option<double> _warmup = Values.Option("--warmup-ratio",
        "Share of all steps over which the learning rates rise from 0", _defaults.WarmupRatio);
    private readonly Option<int?> _warmupSteps =
        new("--warmup-steps") { Description = "The number of these steps, in place of --warmup-ratio" };
    private readonly Option<string> _schedule = Values.Option("--schedule",
        "How the learning rates run then: linear (down to 0), cosine (the same along half a cosine) or constant", "linear");
    private readonly Option<double> _beta1 = Values.Option("--beta1", "Decay of AdamW's first moment", _defaults.Beta1);
    private readonly Option<double> _beta2 = Values.Option("--beta2", "Decay of AdamW's second moment", _defaults.Beta2);
    private readonly Option<double> _epsilon =
        Values.Option("--epsilon", "What AdamW adds to the root of the second moment", _defaults.Epsilon);
    private readonly Option<double?> _clip = new("--max-gradient-norm")
    {
        Description = "Scale gradients of a larger norm down to it, such as 1",
    };

    public void AddTo(System.CommandLine.Command command)
    {
        _schedule.AcceptOnlyFromAmong([.. _schedules.Keys]);
        Option[] options =
        [
            _epochs, _batch, _accumulation, _rate, _lambdaRate, _headRate, _decay, _lambdaDecay, _warmup, _warmupSteps, _schedule, _beta1,
            _beta2,
            _epsilon, _clip,
        ];
        foreach (Option option in options)
            command.Add(option);
    }

    /// <summary>The options with what was given, and with the method's own learning rate when none was.</summary>
    public TrainingOptions Read(ParseResult arguments, AdapterMethod? method) => _defaults with
    {
        Epochs = arguments.GetValue(_epochs),
        BatchSize = arguments.GetValue(_batch),
        GradientAccumulationSteps = arguments.GetValue(_accumulation),
        LearningRate = arguments.GetValue(_rate) ?? SuggestedLearningRates.Of(method),
        LambdaLearningRate = arguments.GetValue(_lambdaRate),
        HeadLearningRate = arguments.GetValue(_headRate),
        WeightDecay = arguments.GetValue(_decay),
        LambdaWeightDecay = arguments.GetValue(_lambdaDecay),
        WarmupRatio = arguments.GetValue(_warmup),
        WarmupSteps = arguments.GetValue(_warmupSteps),
        Beta1 = arguments.GetValue(_beta1),
        Beta2 = arguments.GetValue(_beta2),
        Epsilon = arguments.GetValue(_epsilon),
        Schedule = _schedules[arguments.GetRequiredValue(_schedule)],
        MaxGradientNorm = arguments.GetValue(_clip),
    };
}
