using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>An adapter that edits the hidden states which one encoder layer gives out. It cannot be merged: no weight does the same.</summary>
internal abstract class HiddenStateAdapter(EncoderLayer layer, Device device) : Adapter(layer.Name, device), IHiddenStateAdapter
{
    public override bool CanMerge => false;

    internal override bool IsModuleTaken => layer.OutputAdapter is not null;

    internal override IEnumerable<ModelParameter> ModuleParameters => [];

    public abstract Tensor Forward(Tensor hidden, PackedBatch batch, bool firstOnly, Dropout? dropout);

    internal override void Switch(bool on) => layer.OutputAdapter = on ? this : null;
}
