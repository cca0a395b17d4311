using System.Globalization;
using Microsoft.ML.DeLoRA.Checkpoints;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Cli.Pretraining;

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
        writer.Save(path);
        foreach (Tensor value in moments.Values)
            value.Dispose();
    }

    public (int Step, TimeSpan Elapsed) Load(string path)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        foreach ((string name, Tensor value) in Direct())
            value.copy_(file.ReadTensor(name));
        int step = int.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);
        IEnumerable<string> moments = file.Names.Where(n => n.Contains(".exp_avg", StringComparison.Ordinal));
        adam.LoadState(step, moments.ToDictionary(n => n, n => file.ReadTensor(n)));
        return (step, TimeSpan.FromSeconds(double.Parse(file.Metadata["seconds"], CultureInfo.InvariantCulture)));
    }

    private IEnumerable<(string Name, Tensor Value)> Direct()
        => model.Parameters.Select(p => (p.Name, p.Value)).Concat(momentum.State.Select((t, i) => ($"momentum.{i}", t)));
}
