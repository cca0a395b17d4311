
namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>Every adapter method in its variants: one row each. The contract tests run over all of them.</summary>
internal static class AdapterMethodTable
{
    public const string FullFineTuning = "full fine-tuning";

    private static readonly Dictionary<string, AdapterMethod> _rows = new()
    {
        ["DeLoRA, frozen copy"] = new DeLoRAMethod { Rank = 3, Lambda = 4 },
        ["DeLoRA, B = 0"] = new DeLoRAMethod { Rank = 3, Lambda = 4, Initialization = DeLoRAInitialization.ZeroB },
        ["DeLoRA, every linear layer"] = new DeLoRAMethod { Rank = 1, Lambda = 2, TargetModules = [@"^.*$"] },
        ["DeLoRA, no weight scaling"] = new DeLoRAMethod { Rank = 3, Lambda = 8, WeightScaling = DeLoRAWeightScaling.None },
        ["DeLoRA, B = 0, no weight scaling"] = new DeLoRAMethod
        {
            Rank = 2, Lambda = 8, Initialization = DeLoRAInitialization.ZeroB, WeightScaling = DeLoRAWeightScaling.None,
        },
        ["DeLoRA, biases of adapted layers"] = new DeLoRAMethod { Rank = 2, Bias = BiasTraining.AdaptedLayers },
        ["DeLoRA, all biases"] = new DeLoRAMethod { Rank = 2, Bias = BiasTraining.All },
        ["DeLoRA, another module trained as a whole"] =
            new DeLoRAMethod { Rank = 2, ModulesToSave = ["embeddings.LayerNorm", "layer.1.intermediate.dense"] },
        ["lambda (uu^T - vv^T) W"] = new MultiplicativeDeLoRAMethod { Rank = 1, Lambda = 2 },
        ["lambda/r (USU^T - VTV^T) W"] = new MultiplicativeDeLoRAMethod { Rank = 3, Lambda = 2, Dropout = 0.1 },
        ["lambda/r (BXA - DPC) W, every linear layer"] = new MultiplicativeDeLoRAMethod
        {
            Rank = 2, Form = MultiplicativeForm.Relaxed, TargetModules = ["all-linear"],
        },
        ["LoRA"] = new LoRAMethod { Rank = 3 },
        ["LoRA, every linear layer, rank-stabilised"] = new LoRAMethod { Rank = 2, RankStabilized = true, TargetModules = ["all-linear"] },
        ["LoRA, some modules of some layers"] = new LoRAMethod
        {
            TargetModules = ["all-linear"],
            ExcludeModules = ["key", "attention.output.dense"],
            Layers = [1],
            RankPattern = new Dictionary<string, int> { ["query"] = 3 },
            AlphaPattern = new Dictionary<string, double> { [@"^.*\.dense$"] = 4 },
        },
        ["LoRA, Gaussian"] = new LoRAMethod { Rank = 4, Initialization = LoRAInitialization.Gaussian, LearningRateRatio = 16 },
        ["LoRA, random start"] = new LoRAMethod { Rank = 3, Initialization = LoRAInitialization.Random },
        ["LoRA, bias of the output"] = new LoRAMethod { Rank = 2, OutputBias = true, LearningRateRatio = 4 },
        ["LoRA, OLoRA"] = new LoRAMethod
        {
            Rank = 3, Initialization = LoRAInitialization.OLoRA, TargetModules = ["query", "intermediate.dense", "output.dense"],
        },
        ["LoRA, EVA"] = new LoRAMethod { Rank = 3, Initialization = LoRAInitialization.Eva, Rho = 1 },
        ["LoRA, PiSSA"] = new LoRAMethod { Rank = 3, Initialization = LoRAInitialization.PiSSA },
        ["DoRA"] = new DoRAMethod { Rank = 3 },
        ["DoRA, fixed magnitude, every linear layer"] = new DoRAMethod { Rank = 2, TrainMagnitude = false, TargetModules = ["all-linear"] },
        ["DoRA, biases of adapted layers"] = new DoRAMethod { Rank = 2, Bias = BiasTraining.AdaptedLayers },
        ["AdaLoRA"] = new AdaLoRAMethod { Rank = 4, TargetRank = 2 },
        ["AdaLoRA, every linear layer"] = new AdaLoRAMethod
        {
            Rank = 3, TargetRank = 3, InitialSteps = 0, FinalSteps = 1, AllocationInterval = 2, OrthogonalityWeight = 0, Dropout = 0.1,
            TargetModules = ["all-linear"], RankPattern = new Dictionary<string, int> { [@"^encoder\.layer\.1\."] = 1 },
        },
        ["VeRA"] = new VeRAMethod { Rank = 8 },
        ["VeRA, wider than the layers, every linear layer"] = new VeRAMethod { Rank = 40, TargetModules = ["all-linear"] },
        ["VeRA, projection not saved"] = new VeRAMethod { Rank = 8, SaveProjection = false, ProjectionSeed = -7 },
        ["IA3"] = new IA3Method(),
        ["IA3, every linear layer"] =
            new IA3Method { TargetModules = ["all-linear"], FeedForwardModules = ["intermediate.dense", "query"] },
        ["IA3, biases of adapted layers"] = new IA3Method { Bias = BiasTraining.AdaptedLayers },
        ["ETHER"] = new ETHERMethod(),
        ["ETHER, every linear layer"] = new ETHERMethod { Blocks = 8, TargetModules = ["all-linear"] },
        ["ETHER+"] = new ETHERPlusMethod(),
        ["ETHER+, one-sided"] = new ETHERPlusMethod { OneSided = true },
        ["ETHER+, every linear layer"] = new ETHERPlusMethod { Blocks = 2, TargetModules = ["all-linear"] },
        ["ETHER+, biases of adapted layers"] = new ETHERPlusMethod { Bias = BiasTraining.AdaptedLayers },
        ["OFT"] = new OFTMethod { BlockSize = 4 },
        ["OFT, exact"] = new OFTMethod { BlockSize = 16, CayleyNeumann = false },
        ["OFT, shared block"] = new OFTMethod { BlockSize = 8, BlockShare = true, TargetModules = ["all-linear"] },
        ["OFT, biases of adapted layers"] = new OFTMethod { BlockSize = 2, Bias = BiasTraining.AdaptedLayers },
        ["BOFT"] = new BOFTMethod(),
        ["BOFT, two factors"] = new BOFTMethod { ButterflyFactors = 2, TargetModules = ["all-linear"] },
        ["BOFT, biases of adapted layers"] = new BOFTMethod { BlockSize = 2, ButterflyFactors = 4, Bias = BiasTraining.AdaptedLayers },
        ["HRA"] = new HRAMethod(),
        ["HRA, odd rank"] = new HRAMethod { Rank = 3 },
        ["HRA, Gram-Schmidt"] = new HRAMethod { Rank = 4, GramSchmidt = true },
        ["HRA, every linear layer"] = new HRAMethod { Rank = 6, TargetModules = ["all-linear"] },
        ["Bottleneck"] = new BottleneckMethod { Size = 5 },
        ["Bottleneck, after the feed-forward part"] =
            BottleneckMethod.AfterFeedForward with { Size = 3, Activation = BottleneckActivation.Relu },
        ["Bottleneck, parallel"] = new BottleneckMethod { Size = 5, Parallel = true, Scaling = 2, Activation = BottleneckActivation.Gelu },
        ["Bottleneck, parallel, every linear layer"] = new BottleneckMethod { Size = 2, Parallel = true, TargetModules = ["all-linear"] },
        ["Bottleneck, both matrices random"] = new BottleneckMethod { Size = 5, Initialization = BottleneckInitialization.Bert },
        ["RED"] = new REDMethod(),
        ["RED, every linear layer"] = new REDMethod { TargetModules = ["all-linear"], Bias = BiasTraining.AdaptedLayers },
        ["BitFit"] = new BitFitMethod(),
        [FullFineTuning] = new FullFineTuningMethod(),
        ["LoReFT"] = new LoReFTMethod { Rank = 2 },
        ["LoReFT, prefix and suffix"] = new LoReFTMethod { Rank = 3, PrefixLength = 2, SuffixLength = 3, Dropout = 0.1 },
    };

    /// <summary>
    /// DoRA takes the norm of W + BA for a constant (section 4.3 of its paper), so its gradient is not that of its forward pass.
    /// </summary>
    public static IReadOnlySet<string> WithApproximateGradient { get; } =
        _rows.Keys.Where(k => k.StartsWith("DoRA", StringComparison.Ordinal)).ToHashSet();

    /// <summary>What starts from constants or from the weights alone is the same whatever the seed.</summary>
    public static IReadOnlySet<string> WithoutSeed { get; } = _rows
        .Where(r => r.Value is IA3Method or OFTMethod or BOFTMethod or REDMethod or BitFitMethod or FullFineTuningMethod
            or LoRAMethod { Initialization: LoRAInitialization.PiSSA or LoRAInitialization.OLoRA })
        .Select(r => r.Key).ToHashSet();

    public static IEnumerable<string> AllNames => _rows.Keys;

    public static TheoryData<string> Names => [.. AllNames];

    public static TheoryData<string> NamesWithFrozenEmbeddings => [.. AllNames.Where(n => n != FullFineTuning)];

    public static AdapterMethod Get(string name) => _rows[name];
}
