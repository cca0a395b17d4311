using System.Globalization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>What a run needs to go on: parameters and optimiser tensors in one safetensors file, step and clock in its metadata.</summary>
internal sealed class PretrainState(MaskedLanguageModel model, OrthogonalMomentum momentum, AdamW adam)
{
    public void Save(string path, int step, TimeSpan elapsed)
    {
        using var scope = NewDisposeScope();
        var writer = new SafeTensorsWriter();
        writer.Metadata["step"] = step.ToString(CultureInfo.InvariantCulture);
        writer.Metadata["seconds"] = elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture);
        foreach ((string name, Tensor value) in Direct())
            writer.Add(name, value);
        IReadOnlyDictionary<string, Tensor> moments = adam.CopyState();
        foreach ((string name, Tensor value) in moments)
            writer.Add(name, value);
        writer.SaveWithChecksum(path);
        foreach (Tensor value in moments.Values)
            value.Dispose();
    }

    public (int Step, TimeSpan Elapsed) Load(string path)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        try
        {
            SafeTensorsChecksum.Require(file);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{e.Message} Delete it to begin the run anew.", e);
        }
        string[] moments = [.. file.Names.Where(n => n.Contains(".exp_avg", StringComparison.Ordinal))];
        int step = Number(file, "step", text => int.Parse(text, CultureInfo.InvariantCulture));
        double seconds = Number(file, "seconds", text => double.Parse(text, CultureInfo.InvariantCulture));
        // Checked before anything is changed.
        (Tensor Live, Tensor Saved)[] values = [.. Direct().Select(d => (d.Value, file.Require(d.Name, d.Value.shape)))];
        foreach (((string name, _), (_, Tensor saved)) in Direct().Zip(values))
            FiniteTensors.Require(saved, name, path);
        adam.LoadState(step, moments.ToDictionary(n => n, n => file.ReadTensor(n)));
        foreach ((Tensor live, Tensor saved) in values)
            live.copy_(saved);
        return (step, TimeSpan.FromSeconds(seconds));
    }

    private static T Number<T>(SafeTensorsFile file, string key, Func<string, T> parse)
        => file.Metadata.TryGetValue(key, out string? text)
            ? parse(text)
            : throw new InvalidDataException($"'{file.Description}' is no checkpoint of a pretraining: it has no '{key}'.");

    private IEnumerable<(string Name, Tensor Value)> Direct()
        => model.Parameters.Select(p => (p.Name, p.Value)).Concat(momentum.State.Select((t, i) => ($"momentum.{i}", t)));
}
