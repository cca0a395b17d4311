using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Compares what a method's options ask for with the tensors that are there.</summary>
internal static class SavedShapes
{
    /// <summary>Refuses options that ask for other tensors than a file has, before one of them is made.</summary>
    /// <param name="encoder">What the adapters are for.</param>
    /// <param name="method">The method with the file's options.</param>
    /// <param name="source">The file's tensors.</param>
    /// <param name="mayLack">Whether a file may lack a tensor; null: none.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or has another shape; the message names it and both shapes.</exception>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the encoder; the message names it.</exception>
    public static void Require(RobertaEncoder encoder, AdapterMethod method, ITensorSource source, Predicate<string>? mayLack = null)
    {
        foreach ((string name, long[] shape) in method.ShapesFor(encoder))
        {
            if (source.Contains(name) || mayLack?.Invoke(name) != true)
                source.RequireShape(name, shape);
        }
    }
}
