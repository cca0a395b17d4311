using System.Runtime.InteropServices;
using Onnx;

namespace Microsoft.ML.DeLoRA.BaseModels.Teacher;

/// <summary>The weights of a BERT out of an ONNX export, under Hugging Face's names.</summary>
/// <remarks>
/// An export names embeddings, norms and biases as Hugging Face does; its linear weights are anonymous and transposed: each is the
/// second input of a MatMul whose result an Add with the named bias takes.
/// </remarks>
internal static class OnnxBert
{
    /// <summary>All float tensors by name, row-major, less pooler and position numbers.</summary>
    /// <exception cref="InvalidDataException">It is no ONNX file, or has a tensor that is not stored as raw 32-bit floats.</exception>
    public static Dictionary<string, (float[] Values, long[] Shape)> Read(byte[] file)
    {
        GraphProto graph;
        try
        {
            graph = ModelProto.Parser.ParseFrom(file).Graph;
        }
        catch (Google.Protobuf.InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"The ONNX file is damaged: {e.Message}", e);
        }
        Dictionary<string, TensorProto> initializers = graph.Initializer.ToDictionary(t => t.Name);
        var result = new Dictionary<string, (float[], long[])>();
        foreach (TensorProto tensor in initializers.Values.Where(t => IsNamed(t.Name)))
            result.Add(tensor.Name, (Floats(tensor), [.. tensor.Dims]));

        Dictionary<string, NodeProto> adds = graph.Node.Where(n => n.OpType == "Add").SelectMany(n => n.Input.Select(i => (i, n)))
            .GroupBy(x => x.i).ToDictionary(g => g.Key, g => g.First().n);
        foreach (NodeProto product in graph.Node.Where(n => n.OpType == "MatMul" && initializers.ContainsKey(n.Input[1])))
        {
            NodeProto add = adds.GetValueOrDefault(product.Output[0])
                ?? throw new InvalidDataException($"The ONNX file's product '{product.Name}' has no bias, so that its weight has no name.");
            string bias = add.Input.First(i => i != product.Output[0]);
            if (!bias.EndsWith(".bias", StringComparison.Ordinal))
                throw new InvalidDataException($"The ONNX file's product '{product.Name}' has '{bias}' added where a bias is expected.");
            if (bias.StartsWith("pooler.", StringComparison.Ordinal))
                continue;
            TensorProto weight = initializers[product.Input[1]];
            (int rows, int columns) = ((int)weight.Dims[0], (int)weight.Dims[1]);
            result.Add(bias[..^"bias".Length] + "weight", (Transposed(Floats(weight), rows, columns), [columns, rows]));
        }
        return result;
    }

    private static bool IsNamed(string name)
        => (name.StartsWith("embeddings.", StringComparison.Ordinal) || name.StartsWith("encoder.", StringComparison.Ordinal))
            && !name.EndsWith("position_ids", StringComparison.Ordinal);

    private static float[] Floats(TensorProto tensor)
    {
        long count = tensor.Dims.Aggregate(1L, (a, b) => a * b);
        if (tensor.DataType != (int)TensorProto.Types.DataType.Float || tensor.RawData.Length != count * sizeof(float))
            throw new InvalidDataException($"The ONNX file's tensor '{tensor.Name}' is not stored as raw 32-bit floats.");
        return MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        var result = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                result[column * rows + row] = values[row * columns + column];
        }
        return result;
    }
}
