using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>Checks that the tensors of a header and the data behind it fit each other. Throws <see cref="FormatException"/> with the fault.</summary>
internal static class SafeTensorsLayout
{
    public static void Check(IReadOnlyList<TensorEntry> tensors, long dataLength)
    {
        long covered = 0;
        foreach (TensorEntry tensor in tensors.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            string place = $"tensor '{tensor.Name.Short()}' lies at [{tensor.Begin}, {tensor.End})";
            if (tensor.End < tensor.Begin)
                throw new FormatException($"{place}, which ends before it begins.");
            if (tensor.End > dataLength)
                throw new FormatException($"{place}, but there are only {dataLength} bytes of data.");
            if (tensor.Begin < covered)
                throw new FormatException($"{place}, which overlaps the tensor that ends at {covered}.");
            if (tensor.Begin > covered)
                throw new FormatException($"{place}, which leaves a gap behind the tensor that ends at {covered}.");
            CheckSize(tensor);
            covered = tensor.End;
        }
        if (covered != dataLength)
            throw new FormatException($"its tensors end at {covered}, but there are {dataLength} bytes of data.");
    }

    private static void CheckSize(TensorEntry tensor)
    {
        string shape = Shapes.Format(tensor.Shape);
        long size;
        try
        {
            size = Shapes.ByteCount(tensor.Shape, tensor.DataType);
        }
        catch (OverflowException exception)
        {
            throw new FormatException($"tensor '{tensor.Name.Short()}' has the impossible shape {shape}.", exception);
        }
        if (size != tensor.ByteCount)
            throw new FormatException($"tensor '{tensor.Name.Short()}' of {tensor.DataType.FileName()} {shape} needs {size} bytes, but has {tensor.ByteCount}.");
    }
}
