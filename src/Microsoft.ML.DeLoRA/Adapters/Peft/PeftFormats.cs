using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>The formats that there are. Where several have one type, the first that reads a configuration counts.</summary>
internal static class PeftFormats
{
    private static readonly PeftFormat[] _all =
    [
        new AuthorsDeLoRAFormat(),
        new DeLoRAFormat(),
        new DoRAFormat(),
        new LoRAFormat(),
        new IA3Format(),
        new VeRAFormat(),
        new OFTFormat(),
        new BOFTFormat(),
        new HRAFormat(),
        new BottleneckFormat(),
    ];

    /// <summary>The format of a configuration, or null when its type is not known.</summary>
    public static PeftFormat? Find(string peftType, JsonObject configuration) => _all.FirstOrDefault(f => f.PeftType == peftType && f.Reads(configuration));

    /// <summary>The format of a method.</summary>
    /// <exception cref="NotSupportedException">PEFT has none for it.</exception>
    public static PeftFormat Of(AdapterMethod method) => _all.FirstOrDefault(f => f.Writes(method))
        ?? throw new NotSupportedException($"PEFT has no form for {method.Name}; there is one for {Methods}.");

    /// <summary>The types that are read, for messages.</summary>
    public static string Types => PeftKeys.Join(_all.Select(f => f.PeftType).Distinct());

    private static string Methods => "DeLoRA, LoRA, DoRA, IA3, VeRA, OFT, BOFT, HRA and bottleneck adapters";
}
