using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Peft;

/// <summary>
/// The keys and defaults of the first version of PEFT that has a method, and the later keys with the version that brought them: read in
/// the history of PEFT's source. Versions before 0.14 refuse a configuration with any other key.
/// </summary>
internal static class PeftVersions
{
    private static readonly JsonObject _common = Parse("""
        { "auto_mapping": null, "base_model_name_or_path": null, "inference_mode": false, "peft_type": null, "revision": null, "task_type": null }
        """);

    private static readonly Dictionary<string, JsonObject> _first = new()
    {
        // 0.6
        ["LORA"] = Parse("""
            {
              "r": 8, "target_modules": null, "lora_alpha": 8, "lora_dropout": 0.0, "fan_in_fan_out": false, "bias": "none", "modules_to_save": null,
              "init_lora_weights": true, "layers_to_transform": null, "layers_pattern": null, "rank_pattern": {}, "alpha_pattern": {}
            }
            """),
        ["ADALORA"] = Parse("""
            {
              "r": 8, "target_modules": null, "lora_alpha": 8, "lora_dropout": 0.0, "fan_in_fan_out": false, "bias": "none", "modules_to_save": null,
              "init_lora_weights": true, "layers_to_transform": null, "layers_pattern": null, "rank_pattern": null, "alpha_pattern": {}, "target_r": 8,
              "init_r": 12, "tinit": 0, "tfinal": 0, "deltaT": 1, "beta1": 0.85, "beta2": 0.85, "orth_reg_weight": 0.5, "total_step": null
            }
            """),
        ["IA3"] = Parse("""
            { "target_modules": null, "feedforward_modules": null, "fan_in_fan_out": false, "modules_to_save": null, "init_ia3_weights": true }
            """),
        // 0.11
        ["VERA"] = Parse("""
            {
              "r": 256, "target_modules": null, "projection_prng_key": 0, "save_projection": true, "vera_dropout": 0.0, "d_initial": 0.1,
              "fan_in_fan_out": false, "bias": "none", "modules_to_save": null, "init_weights": true, "layers_to_transform": null, "layers_pattern": null
            }
            """),
        ["BOFT"] = Parse("""
            {
              "boft_block_size": 4, "boft_block_num": 0, "boft_n_butterfly_factor": 1, "target_modules": null, "boft_dropout": 0.0, "fan_in_fan_out": false,
              "bias": "none", "modules_to_save": null, "init_weights": true, "layers_to_transform": null, "layers_pattern": null
            }
            """),
        // 0.12
        ["HRA"] = Parse("""
            {
              "r": 8, "apply_GS": false, "target_modules": null, "init_weights": true, "layers_to_transform": null, "layers_pattern": null, "bias": "none",
              "modules_to_save": null
            }
            """),
        // 0.16; the OFT of 0.7 to 0.15 is another one.
        ["OFT"] = Parse("""
            {
              "r": 0, "oft_block_size": 32, "module_dropout": 0.0, "target_modules": null, "fan_in_fan_out": false, "bias": "none", "exclude_modules": null,
              "init_weights": true, "layers_to_transform": null, "layers_pattern": null, "modules_to_save": null, "coft": false, "eps": 6e-05,
              "block_share": false, "use_cayley_neumann": true, "num_cayley_neumann_terms": 5
            }
            """),
        // 0.18
        ["DELORA"] = Parse("""
            {
              "r": 8, "delora_lambda": 15, "module_dropout": 0.0, "target_modules": null, "exclude_modules": null, "bias": "none", "init_weights": true,
              "layers_to_transform": null, "layers_pattern": null, "rank_pattern": {}, "lambda_pattern": {}, "modules_to_save": null
            }
            """),
    };

    // Keys that came later, with what their absence means.
    private static readonly Dictionary<string, JsonObject> _later = new()
    {
        ["LORA"] = Parse("""
            {
              "megatron_config": null, "megatron_core": "megatron.core", "loftq_config": {}, "use_rslora": false, "use_dora": false, "layer_replication": null,
              "exclude_modules": null, "eva_config": null, "lora_bias": false, "trainable_token_indices": null, "corda_config": null, "use_qalora": false,
              "qalora_group_size": 16, "target_parameters": null, "alora_invocation_tokens": null, "arrow_config": null, "ensure_weight_tying": false,
              "lora_ga_config": null, "use_bdlora": null, "velora_config": null, "monteclora_config": null, "kasa_config": null
            }
            """),
        ["IA3"] = Parse("""{ "exclude_modules": null }"""),
        ["BOFT"] = Parse("""{ "exclude_modules": null }"""),
        ["HRA"] = Parse("""{ "exclude_modules": null }"""),
    };

    /// <summary>Whether the first version that has the method knows the key.</summary>
    public static bool IsOfFirst(string peftType, string key) => _common.ContainsKey(key) || _first[peftType].ContainsKey(key);

    /// <summary>Whether a value means the same as the key's absence, in the first version and in later ones.</summary>
    public static bool IsDefault(string peftType, string key, JsonNode? value)
        => new[] { _common, _first[peftType], _later.GetValueOrDefault(peftType == "ADALORA" ? "LORA" : peftType, []) }
            .FirstOrDefault(t => t.ContainsKey(key)) is { } table
            && JsonNode.DeepEquals(table[key], value);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
