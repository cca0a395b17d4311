using System.Globalization;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// The encoder's own parameters that a method trains. Each has two values, the pretrained one and the trained one; one of them is in
/// the encoder and the other waits here.
/// </summary>
internal sealed class EncoderParameters : IDisposable
{
    private readonly (ModelParameter Parameter, ModelParameter Waiting)[] _pairs;

    /// <summary>Starts with the pretrained values in the encoder and copies of them as trained ones.</summary>
    public EncoderParameters(IEnumerable<ModelParameter> parameters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        _pairs = [.. parameters.Select(p => (p, new ModelParameter(p.Name, p.Value.detach().clone(), p.Kind)))];
    }

    public IEnumerable<ModelParameter> All => _pairs.Select(p => p.Parameter);

    /// <summary>Where the trained values are: in the encoder, or here.</summary>
    public IEnumerable<ModelParameter> Trained => _pairs.Select(p => IsOn ? p.Parameter : p.Waiting);

    /// <summary>True while the encoder has the trained values.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Exchanges the values, bit by bit.</summary>
    public void Switch(bool on)
    {
        if (on == IsOn)
            return;
        IsOn = on;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach ((ModelParameter parameter, ModelParameter waiting) in _pairs)
        {
            Tensor value = parameter.Value.detach().clone();
            parameter.CopyFrom(waiting.Value);
            waiting.CopyFrom(value);
            parameter.Trainable = on;
        }
    }

    public void Dispose()
    {
        foreach ((_, ModelParameter waiting) in _pairs)
            waiting.Dispose();
    }
}

/// <summary>Copies of some of the encoder's parameters, to be brought back bit by bit.</summary>
internal sealed class EncoderBackup : IDisposable
{
    private readonly (ModelParameter Parameter, Tensor Value)[] _copies;

    public EncoderBackup(IEnumerable<ModelParameter> parameters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        _copies = [.. parameters.Select(p => (p, p.Value.clone().DetachFromDisposeScope()))];
    }

    /// <summary>The copy of a parameter, or null when it has none.</summary>
    public Tensor? ValueOf(ModelParameter parameter) => _copies.FirstOrDefault(c => c.Parameter == parameter).Value;

    public void Restore()
    {
        foreach ((ModelParameter parameter, Tensor value) in _copies)
            parameter.CopyFrom(value);
    }

    public void Dispose()
    {
        foreach ((_, Tensor value) in _copies)
            value.Dispose();
    }
}

/// <summary>Finds an encoder's parameters by the modules that they belong to.</summary>
internal static class EncoderModules
{
    /// <summary>
    /// The parameters of the modules that at least one of the patterns names, in the encoder's order. A module that holds others, such
    /// as <c>layer.1.attention</c>, stands for all that is in it.
    /// </summary>
    /// <exception cref="ArgumentException">A pattern names no module; the message lists some that there are.</exception>
    public static IReadOnlyList<ModelParameter> Select(PackedEncoder encoder, IReadOnlyList<string> patterns)
    {
        if (patterns.Count == 0)
            return [];
        string[] names = [.. Names(encoder)];
        var selected = new HashSet<string>(StringComparer.Ordinal);
        foreach (string pattern in patterns)
        {
            string[] named = [.. names.Where(n => ModulePattern.Matches(pattern, n))];
            if (named.Length == 0)
                throw new ArgumentException($"Module to save '{pattern.Short()}' names no module of the encoder. There are: "
                    + $"{string.Join(", ", encoder.Parameters.Select(Module).Distinct().Take(12))} and so on.");
            selected.UnionWith(named);
        }
        return [.. encoder.Parameters.Where(p => Above(p.Name).Any(selected.Contains))];
    }

    /// <summary>All modules that have parameters, themselves or in what they hold.</summary>
    public static IEnumerable<string> Names(PackedEncoder encoder) => encoder.Parameters.SelectMany(p => Above(p.Name)).Distinct();

    /// <summary>The number of the layer that a module belongs to; null for the embeddings and what holds layers.</summary>
    public static int? LayerNumber(string module)
        => module.Split('.') is ["encoder", "layer", var number, _, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : null;

    private static string Module(ModelParameter parameter) => parameter.Name[..parameter.Name.LastIndexOf('.')];

    // encoder.layer.0.output.dense.weight -> encoder.layer.0.output.dense, encoder.layer.0.output, ..., encoder.
    private static IEnumerable<string> Above(string name)
    {
        for (int dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
            yield return name[..dot];
    }
}
