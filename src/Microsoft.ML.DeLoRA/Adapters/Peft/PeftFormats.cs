using System.Text.Json.Nodes;
using static TorchSharp.torch;

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
            case AdapterFormat.Peft when adapters.Method is DeLoRAMethod deLoRA && !DeLoRAFormat.HasForm(deLoRA):
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

    /// <summary>The types that are read, for messages.</summary>
    public static string Types => PeftKeys.Join(_all.Select(f => f.PeftType).Distinct());

    private static string Methods => "DeLoRA, LoRA, DoRA, IA3, VeRA, OFT, BOFT, HRA and bottleneck adapters";
}
