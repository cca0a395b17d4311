using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>The sequences of a batch that name one adapter.</summary>
/// <param name="Name">The adapter.</param>
/// <param name="Tokens">Where their tokens stand in the packed order, int64.</param>
/// <param name="Firsts">Where they stand among the first tokens, longest sequence first, int64.</param>
/// <param name="IsAll">Whether they are all of the batch.</param>
internal sealed record RowGroup(string Name, Tensor Tokens, Tensor Firsts, bool IsAll) : IDisposable
{
    /// <summary>The rows of a layer's input that belong to them.</summary>
    public Tensor Rows(ForwardContext context) => context.FirstOnly ? Firsts : Tokens;

    public void Dispose()
    {
        Tokens.Dispose();
        Firsts.Dispose();
    }
}
