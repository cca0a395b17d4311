using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>
/// What a run goes on from: trained values, the optimiser's moments, the best evaluation's values, the random source, the state of the
/// adapter method's callbacks and the notes of its journal, if it has them.
/// </summary>
/// <param name="optimizer">The trained values and their moments.</param>
/// <param name="dropout">The random source.</param>
/// <param name="best">The best evaluation.</param>
/// <param name="journal">Keeps notes; null: nobody does.</param>
/// <param name="extent">How far the run can come; null: what a checkpoint says of that is not checked.</param>
/// <param name="callbacks">What the adapter method does in each step; null: nothing.</param>
internal sealed class RunState(
    AdamW optimizer, SeededDropout dropout, BestEpoch best, IRunJournal? journal, RunExtent? extent = null, StepCallbacks? callbacks = null)
{
    private const string Current = "current.";
    private const string Best = "best.";
    private const string Method = "method.";
    private const string Masks = "random.masks";
    private const string Device = "random.device";

    /// <summary>Writes the state to a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="position">How far the run has come.</param>
    /// <param name="settings">What the run depends on.</param>
    public void Save(string path, RunPosition position, RunSettings settings)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        DropoutState random = dropout.State();
        var tensors = new Dictionary<string, Tensor>
        {
            [Masks] = Bytes(MemoryMarshal.AsBytes(random.Masks.AsSpan())),
            [Device] = Bytes(random.Device),
        };
        foreach ((string name, Tensor view) in optimizer.State())
            tensors.Add(Current + name, view.cpu());
        foreach ((string name, Tensor view) in best.Parts)
            tensors.Add(Best + name, view.cpu());
        foreach ((string name, Tensor value) in MethodState)
            tensors.Add(Method + name, value.cpu());
        position.Journal = journal?.Save();
        RunFile.Save(path, position, settings, tensors);
    }

    /// <summary>Brings back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">
    /// The run cannot have come there, a tensor is missing, unknown, or of another shape or type, a value is NaN or infinite, or there are
    /// no notes for the journal; the model has not been changed then.
    /// </exception>
    public void Load(RunFile file)
    {
        extent?.Check(file.Position);
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> current = file.ReadAll(Current);
        Dictionary<string, Tensor> bestValues = file.ReadAll(Best);
        Dictionary<string, Tensor> methodValues = file.ReadAll(Method);
        Tensor masks = file.Read(Masks);
        Tensor device = file.Read(Device);
        if (masks.dtype != ScalarType.Byte || device.dtype != ScalarType.Byte)
            throw new InvalidDataException($"The checkpoint's random state is {masks.dtype} and {device.dtype}; both are bytes.");
        (string Name, Tensor View)[] live = [.. optimizer.State()];
        Check(live, current, Current);
        if (file.Position.Best is not null)
            Check([.. optimizer.Values()], bestValues, Best);
        Check([.. MethodState], methodValues, Method);
        DropoutState random = dropout.State();
        CheckBytes(masks, Masks, random.Masks.Length * sizeof(uint));
        CheckBytes(device, Device, random.Device.Length);
        journal?.Load(file.Position.Journal, file.Position);
        if (file.Position.Best is { } result)
        {
            best.Keep(result);
            Copy([.. best.Parts], bestValues);
        }
        Copy(live, current);
        Copy([.. MethodState], methodValues);
        optimizer.LoadState(file.Position.Step - file.Position.SkippedSteps, current);
        dropout.SetState(new DropoutState(MemoryMarshal.Cast<byte, uint>(masks.bytes).ToArray(), device.bytes.ToArray()));
    }

    private IEnumerable<(string Name, Tensor Value)> MethodState => callbacks?.State ?? [];

    private static Tensor Bytes(ReadOnlySpan<byte> bytes)
    {
        Tensor tensor = empty([bytes.Length], uint8);
        bytes.CopyTo(tensor.bytes);
        return tensor;
    }

    private static void Check((string Name, Tensor View)[] live, Dictionary<string, Tensor> saved, string prefix)
    {
        foreach ((string name, Tensor view) in live)
        {
            if (!saved.TryGetValue(name, out Tensor? found) || Form(found) != Form(view))
                throw new InvalidDataException(
                    $"The checkpoint lacks '{prefix}{name}', {Form(view)}{(found is null ? "" : $"; it has {Form(found)}")}.");
            if (!FiniteTensors.IsFinite(found))
                throw new InvalidDataException(
                    $"The checkpoint's '{prefix}{name}' has a value that is infinite or NaN: it is of a run that had diverged.");
        }
        if (saved.Keys.Except(live.Select(l => l.Name)).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"The checkpoint has '{prefix}{unknown}', which nothing in the run takes.");
    }

    private static string Form(Tensor tensor) => $"{tensor.dtype} of shape {Shapes.Format(tensor.shape)}";

    private static void CheckBytes(Tensor saved, string name, int count)
    {
        if (saved.dtype != uint8 || !saved.shape.AsSpan().SequenceEqual([count]))
            throw new InvalidDataException($"The checkpoint lacks '{name}' of {count} bytes.");
    }

    private static void Copy((string Name, Tensor View)[] live, Dictionary<string, Tensor> saved)
    {
        foreach ((string name, Tensor view) in live)
            view.copy_(saved[name]);
    }
}
