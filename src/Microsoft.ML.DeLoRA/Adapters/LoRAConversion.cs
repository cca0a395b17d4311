using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Exact conversions of low-rank adapters to plain LoRA, W + (alpha / r) B A, without a decomposition.</summary>
public static class LoRAConversion
{
    private const string A = ".lora_A.weight";
    private const string B = ".lora_B.weight";

    // The frozen copies of LoRA's starts, and what stands for A and B in their names.
    private static readonly string[] _starts = [".pissa_", ".olora_"];

    /// <summary>
    /// LoRA adapters with the same change of every weight as DeLoRA ones: A' = A diag(w), B' = B diag(lambda / (r |a_i| |b_i|)),
    /// alpha = r. At the same rank for <see cref="DeLoRAInitialization.ZeroB"/>, at twice the rank for
    /// <see cref="DeLoRAInitialization.FrozenCopy"/>, whose frozen copy becomes the other half. Biases and modules that were trained go
    /// along.
    /// </summary>
    /// <param name="adapters">DeLoRA adapters; they stay as they are.</param>
    /// <returns>A set for the same encoder, not enabled; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The adapters are of another method, or twice the rank does not fit a layer.</exception>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public static AdapterSet FromDeLoRA(AdapterSet adapters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        (LoRAMethod method, IReadOnlyDictionary<string, Tensor> tensors) = Convert(adapters);
        AdapterSet converted = AttachBeside(adapters, method);
        try
        {
            converted.Load(tensors);
            return converted;
        }
        catch
        {
            converted.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The method and the tensors of such a set; merged adapters are converted too. New tensors belong to the caller's dispose scope.
    /// </summary>
    /// <exception cref="ArgumentException">The adapters are of another method.</exception>
    internal static (LoRAMethod Method, IReadOnlyDictionary<string, Tensor> Tensors) Convert(AdapterSet adapters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        if (adapters.Method is not DeLoRAMethod deLoRA)
            throw new ArgumentException($"The adapters are {adapters.Method.Name}; only DeLoRA is converted.", nameof(adapters));
        int factor = deLoRA.Initialization == DeLoRAInitialization.FrozenCopy ? 2 : 1;
        Dictionary<string, int> ranks = deLoRA.RankPattern.ToDictionary(p => p.Key, p => p.Value * factor);
        var method = new LoRAMethod
        {
            Rank = deLoRA.Rank * factor,
            Alpha = deLoRA.Rank * factor,
            RankPattern = ranks,
            AlphaPattern = ranks.ToDictionary(p => p.Key, p => (double)p.Value),
            Dropout = deLoRA.Dropout,
            TargetModules = deLoRA.TargetModules,
            ExcludeModules = deLoRA.ExcludeModules,
            Layers = deLoRA.Layers,
            Bias = deLoRA.Bias,
            ModulesToSave = deLoRA.ModulesToSave,
        };
        var ofAdapters = adapters.Adapters.SelectMany(a => a.Parameters.Concat(a.Buffers))
            .Select(p => AdapterNames.Of(adapters.Encoder.Family, p.Name)).ToHashSet();
        var tensors = adapters.Tensors().Where(t => !ofAdapters.Contains(t.Key)).ToDictionary();
        foreach (LowRankAdapter adapter in adapters.Adapters.Cast<LowRankAdapter>())
        {
            (Tensor down, Tensor up) = adapter.Change();
            tensors[AdapterNames.Of(adapters.Encoder.Family, adapter.Module + A)] = down;
            tensors[AdapterNames.Of(adapters.Encoder.Family, adapter.Module + B)] = up;
        }
        return (method, tensors);
    }

    /// <summary>
    /// A PiSSA or OLoRA set as LoRA of twice the rank: (alpha / r)(B A - B0 A0) = (alpha' / r')[B, -B0][A; A0]. The factor stays, so alpha
    /// is doubled too, or times sqrt(2) where it is divided by sqrt(r). New tensors belong to the caller's dispose scope.
    /// </summary>
    internal static (AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Tensors) WithoutFrozenStart(AdapterSet adapters)
    {
        var method = (LoRAMethod)adapters.Method;
        double scale = method.RankStabilized ? Math.Sqrt(2) : 2;
        string start = method.Initialization == LoRAInitialization.PiSSA ? _starts[0] : _starts[1];
        IReadOnlyDictionary<string, Tensor> own = adapters.Tensors();
        var tensors = own.Where(t => !IsFrozenStart(t.Key)).ToDictionary(t => t.Key, t => t.Value switch
        {
            _ when t.Key.EndsWith(A, StringComparison.Ordinal) => cat([t.Value, own[$"{t.Key[..^A.Length]}{start}A"]], 0),
            _ when t.Key.EndsWith(B, StringComparison.Ordinal) => cat([t.Value, -own[$"{t.Key[..^B.Length]}{start}B"]], 1),
            var unchanged => unchanged,
        });
        LoRAMethod plain = method with
        {
            Initialization = LoRAInitialization.Kaiming,
            Rank = method.Rank * 2,
            Alpha = method.Alpha * scale,
            RankPattern = method.RankPattern.ToDictionary(p => p.Key, p => p.Value * 2),
            AlphaPattern = method.AlphaPattern.ToDictionary(p => p.Key, p => p.Value * scale),
        };
        return (plain, tensors);
    }

    /// <summary>Whether a tensor is one of the frozen copies of such a set.</summary>
    internal static bool IsFrozenStart(string tensorName)
        => _starts.Any(s => tensorName.EndsWith(s + "A", StringComparison.Ordinal)
            || tensorName.EndsWith(s + "B", StringComparison.Ordinal));

    // A set can be made only while no other is on its modules.
    private static AdapterSet AttachBeside(AdapterSet adapters, AdapterMethod method)
    {
        bool enabled = adapters.Enabled;
        adapters.Enabled = false;
        try
        {
            return AdapterSet.Attach(adapters.Encoder, method, enabled: false);
        }
        finally
        {
            adapters.Enabled = enabled;
        }
    }
}
