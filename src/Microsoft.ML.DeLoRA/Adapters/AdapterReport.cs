using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>What an adapter does to one weight matrix.</summary>
/// <param name="Module">Dotted name of the linear layer.</param>
/// <param name="ChangeNorm">Frobenius norm of dW: the distance from the pretrained weight.</param>
/// <param name="ChangeBound">What <see cref="ChangeNorm"/> can be at most while the strength stays; null: the method has no bound.</param>
/// <param name="RelativeChange">|dW| / |W|.</param>
/// <param name="EffectiveRank">
/// exp of the entropy of dW's singular values as shares (Roy and Vetterli, The effective rank, 2007): 1 when one direction does
/// everything, r when r directions do equally much; 0 for no change.
/// </param>
public sealed record ModuleReport(string Module, double ChangeNorm, double? ChangeBound, double RelativeChange, double EffectiveRank);

/// <summary>
/// How far the adapters of a set have moved the encoder's weights, module by module. Modules that cannot be merged have no dW and are left
/// out.
/// </summary>
public sealed record AdapterReport(IReadOnlyList<ModuleReport> Modules)
{
    /// <summary>Measures a set. It takes a singular value decomposition of every adapted matrix: some seconds for a RoBERTa-base.</summary>
    /// <param name="adapters">The set; not merged, so that the pretrained weights are there.</param>
    /// <exception cref="InvalidOperationException">The set is merged.</exception>
    public static AdapterReport Create(AdapterSet adapters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        if (adapters.IsMerged)
            throw new InvalidOperationException(
                "The adapters are merged into the encoder's weights, so their change cannot be told from them; call Unmerge first.");
        return new AdapterReport([.. adapters.Adapters.OfType<LinearAdapter>().Where(a => a.CanMerge).Select(Measure)]);
    }

    /// <summary>A table for people to read.</summary>
    public override string ToString()
    {
        int width = Modules.Max(m => (int?)m.Module.Length) ?? 6;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{"module".PadRight(width)}  {"|dW|",10}  {"bound",10}  {"|dW|/|W|",10}  {"eff. rank",10}");
        foreach (ModuleReport m in Modules)
        {
            string bound = m.ChangeBound?.ToString("G4", CultureInfo.InvariantCulture) ?? "none";
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{m.Module.PadRight(width)}  {m.ChangeNorm,10:G4}  {bound,10}  {m.RelativeChange,10:G4}  {m.EffectiveRank,10:F2}");
        }
        return text.ToString();
    }

    private static ModuleReport Measure(LinearAdapter adapter)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor pretrained = adapter.Layer.Weight.Value;
        Tensor change = (adapter.MergedWeight() - pretrained).to_type(float64);
        double norm = change.norm().Number();
        return new ModuleReport(adapter.Module, norm, adapter.ChangeBound(), norm / pretrained.norm().Number(), EffectiveRank(change));
    }

    private static double EffectiveRank(Tensor change)
    {
        double[] values = linalg.svdvals(change.cpu()).data<double>().ToArray();
        double sum = values.Sum();
        return sum == 0 ? 0 : Math.Exp(-values.Where(v => v > 0).Sum(v => v / sum * Math.Log(v / sum)));
    }
}

/// <summary>How many numbers training changes.</summary>
/// <param name="Trainable">Those of the adapters, of the encoder's own that train, and of the head.</param>
/// <param name="All">Those and the frozen ones of the encoder.</param>
public sealed record TrainableParameters(long Trainable, long All)
{
    /// <summary>Counts.</summary>
    /// <param name="model">Encoder and head.</param>
    /// <param name="adapters">The adapters on the encoder; null: the head only.</param>
    internal static TrainableParameters Count(SequenceClassifier model, AdapterSet? adapters)
    {
        ArgumentNullException.ThrowIfNull(model);
        long head = Sum(model.Head.Parameters);
        long own = Sum(adapters?.EncoderParameters ?? []);
        long added = Sum(adapters?.Adapters.SelectMany(a => a.Parameters) ?? []);
        return new TrainableParameters(head + own + added, head + added + Sum(model.Encoder.Parameters));
    }

    /// <summary>As PEFT prints it: <c>trainable params: 887,042 || all params: 125,534,212 || trainable%: 0.7066</c>.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture,
            $"trainable params: {Trainable:N0} || all params: {All:N0} || trainable%: {100.0 * Trainable / All:F4}");

    private static long Sum(IEnumerable<ModelParameter> parameters) => parameters.Sum(p => p.Value.numel());
}
