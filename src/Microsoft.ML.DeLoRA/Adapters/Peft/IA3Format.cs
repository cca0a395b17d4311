using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>PEFT's IA3.</summary>
internal sealed class IA3Format : LinearFormat<IA3Method>
{
    private const string FeedForward = "feedforward_modules";

    public override string PeftType => "IA3";

    protected override IReadOnlyList<string> AlwaysWritten => [FeedForward];

    protected override bool HasAllLinear => false;

    protected override string Defaults => """
        { "exclude_modules": null, "fan_in_fan_out": false, "feedforward_modules": null, "init_ia3_weights": true }
        """;

    protected override IA3Method ReadOptions(PeftKeys keys)
    {
        var method = new IA3Method();
        return PeftPatterns.Read(keys, FeedForward) is { } modules ? method with { FeedForwardModules = modules } : method;
    }

    // PEFT wants a list of feed-forward modules to be a part of the list of targets, literally.
    protected override void WriteOptions(IA3Method method, JsonObject keys, PeftTargets targets)
    {
        JsonNode? modules = PeftPatterns.Write(method.FeedForwardModules);
        bool isPart = keys["target_modules"] is not JsonArray || method.FeedForwardModules.All(method.TargetModules.Contains);
        if (modules is JsonArray && isPart)
        {
            keys[FeedForward] = modules;
            return;
        }
        WriteExplicitTargets(keys, targets);
        keys[FeedForward] = PeftTargets.Array(
            targets.Modules.Select(m => m.Name).Where(m => method.FeedForwardModules.Any(p => ModulePattern.Matches(p, m))));
    }
}
