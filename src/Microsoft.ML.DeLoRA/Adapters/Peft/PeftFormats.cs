using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// The formats that there are: for each PEFT's type, the method, and its keys with the value that their absence means and the option
/// here (<see cref="PeftSetting.Parse"/>). Where several have one type, the first that reads a configuration counts.
/// </summary>
internal static class PeftFormats
{
    private const string Bias = "bias \"none\"\n";
    private const string Excluded = "exclude_modules null\n";
    private const string Layers = "layers_to_transform null\nlayers_pattern null\n";
    private const string Transposed = "fan_in_fan_out false\n";

    private const string ToPeft = $" Save it for PEFT ({nameof(AdapterFormat)}.{nameof(AdapterFormat.Peft)}), as the LoRA that it equals.";

    // PEFT itself writes init_weights.
    private static readonly string[] _keysOfTheFork = ["delora_dropout", "enable_delora", "Wdecompose_target_modules"];

    private static readonly PeftFormat[] _all =
    [
        // DeLoRA of the authors' fork, with frozen copies; LoRAConversion makes what PEFT reads.
        new("DELORA", since: null, new DeLoRAMethod { Initialization = DeLoRAInitialization.FrozenCopy }, null, Bias + """
            r                          8      rank
            delora_lambda              4.0    lambda
            delora_dropout             0.0    dropout
            merge_weights              false
            Wdecompose_target_modules  null   must-be-off
            enable_delora              null   must-be-off
            fan_in_fan_out             false  must-be-off
            """)
        {
            Reads = c => !c.ContainsKey("init_weights") && _keysOfTheFork.Any(c.ContainsKey),
            Takes = m => m is DeLoRAMethod { Initialization: DeLoRAInitialization.FrozenCopy },
            Advice = ToPeft,
        },
        // PEFT's DeLoRA has no frozen copy. Its module_dropout drops elements of the adapter's input, whatever its description says.
        new("DELORA", since: 18, new DeLoRAMethod { Initialization = DeLoRAInitialization.ZeroB }, "delora_only",
            Bias + Excluded + Layers + """
            r               8     rank            always
            delora_lambda   15    lambda          always
            rank_pattern    {}    rank_pattern
            lambda_pattern  {}    lambda_pattern
            module_dropout  0.0   dropout
            init_weights    true
            """)
        {
            Takes = m => m is DeLoRAMethod { Initialization: DeLoRAInitialization.ZeroB },
            Advice = ToPeft,
        },
        // DoRA is LoRA with use_dora.
        new("LORA", since: 9, new DoRAMethod(), "lora_only", Bias + Excluded + Layers + Transposed + LoRAStart.Settings + """
            lora_bias  false  must-be-off
            """)
        {
            OfTraining = LoRAStart.OfTraining,
            Reads = LoRAStart.IsDoRA,
            ReadMore = LoRAStart.ReadDoRA,
            WriteMore = LoRAStart.WriteDoRA,
        },
        new("LORA", since: 6, new LoRAMethod(), "lora_only", Bias + Excluded + Layers + Transposed + LoRAStart.Settings + """
            lora_bias  false  output_bias
            """)
        {
            WithoutKey = ["initialization", "learning_rate_ratio", "rho", "tau"],
            OfTraining = LoRAStart.OfTraining,
            ReadMore = LoRAStart.Read,
            WriteMore = LoRAStart.Write,
            MayLack = LoRAConversion.IsFrozenStart,
            Export = LoRAStart.Export,
        },
        // A schedule of training that PEFT must be told, whether or not it trains; r is LoRA's and means nothing here.
        new("ADALORA", since: 6, new AdaLoRAMethod(), "lora_only", Bias + Excluded + Layers + Transposed + LoRAStart.Common + """
            init_r           12     rank                   always
            target_r         8      target_rank
            lora_alpha       8      alpha                  always whole
            lora_dropout     0.0    dropout
            tinit            0      initial_steps
            tfinal           0      final_steps
            deltaT           1      allocation_interval
            beta1            0.85   sensitivity_decay
            beta2            0.85   uncertainty_decay
            orth_reg_weight  0.5    orthogonality_weight
            lora_bias        false  must-be-off
            use_dora         false  must-be-off
            loftq_config     {}     must-be-off
            use_rslora       false
            alpha_pattern    {}
            rank_pattern     null
            total_step       null
            r                8
            """)
        {
            WithoutKey = ["rank_pattern"],
            ReadMore = AdaLoRARanks.Read,
            WriteMore = AdaLoRARanks.Write,
            Export = AdaLoRARanks.Export,
        },
        new("IA3", since: 6, new IA3Method(), null, Excluded + Transposed + """
            feedforward_modules  null  feed_forward_modules  always
            init_ia3_weights     true
            """)
        {
            WriteMore = WriteFeedForward,
        },
        // Without save_projection the shared matrices are drawn again from the seed.
        new("VERA", since: 11, new VeRAMethod(), "vera_only", Bias + Layers + Transposed + """
            r                    256   rank             always
            projection_prng_key  0     projection_seed
            d_initial            0.1   initial_d
            save_projection      true  save_projection
            vera_dropout         0.0   dropout
            init_weights         true
            """)
        {
            MayLack = IsProjection,
            Export = adapters => (adapters.Method, adapters.Method is VeRAMethod { SaveProjection: false }
                ? adapters.Tensors().Where(t => !IsProjection(t.Key)).ToDictionary()
                : adapters.Tensors()),
        },
        // PEFT before 0.16 has another OFT with the same name, which takes no size of blocks beside its default rank and refuses the file.
        new("OFT", since: 16, new OFTMethod(), "oft_only", Bias + Excluded + Layers + Transposed + """
            oft_block_size            32     block_size            always
            use_cayley_neumann        true   cayley_neumann
            num_cayley_neumann_terms  5      cayley_neumann_terms
            block_share               false  block_share
            r                         0      must-be-off
            coft                      false  must-be-off
            module_dropout            0.0    must-be-off
            eps                       6e-05
            init_weights              true
            """),
        new("BOFT", since: 11, new BOFTMethod(), "boft_only", Bias + Excluded + Layers + Transposed + """
            boft_block_size          4     block_size         always
            boft_n_butterfly_factor  1     butterfly_factors  always
            boft_block_num           0     must-be-off
            boft_dropout             0.0   must-be-off
            init_weights             true
            """),
        new("HRA", since: 12, new HRAMethod(), "hra_only", Bias + Excluded + Layers + """
            r             8      rank                      always
            apply_GS      false  gram_schmidt
            init_weights  true   symmetric_initialization
            """),
        // Bottleneck adapters of the fork that the authors of DeLoRA compare with (LLM-Adapters).
        new("BOTTLENECK", since: null, new BottleneckMethod(), null, Bias + """
            bottleneck_size       256     size
            use_parallel_adapter  false   parallel
            non_linearity         "tanh"  activation
            scaling               1.0     scaling
            init_weights          "bert"  initialization  bert=bert  mam_adapter=zero_up
            adapter_dropout       0.0     dropout
            use_adapterp          false   must-be-off
            """),
    ];

    /// <summary>The types that are read, for messages.</summary>
    public static string Types => PeftKeys.Join(_all.Select(f => f.PeftType).Distinct());

    /// <summary>The format of a configuration, or null when its type is not known.</summary>
    public static PeftFormat? Find(string peftType, JsonObject configuration)
        => _all.FirstOrDefault(f => f.PeftType == peftType && f.Reads(configuration));

    /// <summary>The format of a method.</summary>
    /// <exception cref="NotSupportedException">PEFT has none for it.</exception>
    public static PeftFormat Of(AdapterMethod method) => _all.FirstOrDefault(f => f.Writes(method)) ?? throw new NotSupportedException(
        $"PEFT has no form for {method.Name}; there is one for {string.Join(", ", _all.Select(f => f.MethodName).Distinct())}.");

    /// <summary>
    /// What is saved of a trained set for a reader: the method and the tensors by name. New tensors belong to the caller's dispose scope.
    /// </summary>
    /// <exception cref="NotSupportedException">The reader has no form for the method or an option; the message says which.</exception>
    /// <exception cref="ArgumentException"><see cref="AdapterFormat.LoRA"/> for another method than DeLoRA.</exception>
    public static (AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Tensors) Export(AdapterSet adapters, AdapterFormat format)
    {
        switch (format)
        {
            case AdapterFormat.LoRA:
            case AdapterFormat.Peft when adapters.Method is DeLoRAMethod and not
            { Initialization: DeLoRAInitialization.ZeroB, WeightScaling: DeLoRAWeightScaling.ColumnNorms }:
                return LoRAConversion.Convert(adapters);
            case AdapterFormat.Peft when Of(adapters.Method) is { IsOfPeft: false }:
                throw new NotSupportedException($"PEFT has no form for {adapters.Method.Name}; the format of the DeLoRA authors' fork "
                    + $"({nameof(AdapterFormat)}.{nameof(AdapterFormat.Authors)}) has one.");
            case AdapterFormat.Authors when Of(adapters.Method) is { IsOfPeft: true }:
                throw new NotSupportedException("The DeLoRA authors' fork of PEFT has a form for DeLoRA with frozen copies and for "
                    + $"bottleneck adapters, not for {adapters.Method.Name}"
                    + (adapters.Method is DeLoRAMethod ? " that starts from B = 0; " : "; ")
                    + $"save it for PEFT ({nameof(AdapterFormat)}.{nameof(AdapterFormat.Peft)}).");
            default:
                return Of(adapters.Method).Export(adapters);
        }
    }

    // PEFT wants a list of feed-forward modules to be a part of the list of targets, literally.
    private static void WriteFeedForward(LinearAdapterMethod method, JsonObject keys, PeftTargets targets)
    {
        const string key = "feedforward_modules";
        IReadOnlyList<string> modules = ((IA3Method)method).FeedForwardModules;
        if (keys[key] is JsonArray && (keys[PeftPlaces.Targets] is not JsonArray || modules.All(method.TargetModules.Contains)))
            return;
        targets.WriteNames(keys);
        keys[key] = PeftTargets.Array(targets.Modules.Select(m => m.Name).Where(m => modules.Any(p => ModulePattern.Matches(p, m))));
    }

    private static bool IsProjection(string tensorName) => tensorName is "base_model.vera_A" or "base_model.vera_B";
}
