using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>Refuses weights that are NaN or infinite: one of them in a file makes every score NaN, or only some.</summary>
internal static class FiniteTensors
{
    /// <summary>True when no element is NaN or infinite. Reads each element once and allocates nothing; a NaN is seen, too.</summary>
    public static bool IsFinite(Tensor values)
    {
        if (values.numel() == 0)
            return true;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        (Tensor min, Tensor max) = aminmax(values);
        return double.IsFinite(min.Number()) && double.IsFinite(max.Number());
    }

    /// <summary>Throws unless all values are finite.</summary>
    /// <param name="values">The values.</param>
    /// <param name="name">The tensor's name in the file.</param>
    /// <param name="source">The file.</param>
    /// <exception cref="InvalidDataException">An element is NaN or infinite; the message names tensor, file, value and place.</exception>
    public static void Require(Tensor values, string name, string source)
    {
        if (IsFinite(values))
            return;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor flat = values.reshape(-1);
        long place = flat.isfinite().to_type(ScalarType.Byte).argmin().Integer();
        string found = FormattableString.Invariant($"{flat[place].Number()} at {Place(place, values.shape)}");
        throw new InvalidDataException($"Tensor '{name}' of {source} has the value {found}; weights must be finite numbers. "
            + "The file is damaged, or is of a training that diverged: get it anew, or use an earlier one.");
    }

    private static string Place(long index, long[] shape)
    {
        var indices = new long[shape.Length];
        for (int dimension = shape.Length - 1; dimension >= 0; dimension--)
            (index, indices[dimension]) = Math.DivRem(index, shape[dimension]);
        return Shapes.Format(indices);
    }
}
