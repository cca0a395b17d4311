using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Operator.Call("cat", tensors.ToArray(), dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Operator.Call("stack", tensors.ToArray(), dim);
    public static Tensor vstack(IList<Tensor> tensors) => Operator.Call("vstack", tensors.ToArray());
    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);
    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);
    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);
    public static Tensor t(Tensor input) => input.t();
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);
    public static Tensor roll(Tensor input, long shifts, long? dims = null) => input.roll(shifts, dims);
    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);
    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);
    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);
    public static Tensor trace(Tensor input) => input.trace();
    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0) => tensor.split(split_size_or_sections, dim);
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);
    public static Tensor[] unbind(Tensor input, long dim = 0) => input.unbind(dim);

    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Operator.Call("view", this, shape);
        public Tensor view_as(Tensor other) => view(other.shape);
        public Tensor reshape(params long[] shape) => Operator.Call("reshape", this, shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Operator.Call("flatten.using_ints", this, start_dim, end_dim);
        public Tensor unflatten(long dim, params long[] sizes) => Operator.Call("unflatten.int", this, dim, sizes);
        public Tensor unsqueeze(long dim) => Operator.Call("unsqueeze", this, dim);
        public Tensor unsqueeze_(long dim) => Operator.CallInPlace("unsqueeze_", this, dim);
        public Tensor squeeze(long? dim = null) =>
            dim is { } one ? Operator.Call("squeeze.dim", this, one) : Operator.Call("squeeze", this);
        public Tensor expand(params long[] sizes) => Operator.Call("expand", this, sizes);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Operator.Call("expand", this, sizes, isImplicit);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => expand(sizes.ToArray(), isImplicit);
        public Tensor expand_as(Tensor other) => expand(other.shape);
        public Tensor broadcast_to(params long[] shape) => Operator.Call("broadcast_to", this, shape);
        public Tensor repeat(params long[] sizes) => Operator.Call("repeat", this, sizes);
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Operator.Call("repeat_interleave.self_int", this, repeats, dim, output_size);
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Operator.Call("repeat_interleave.self_Tensor", this, repeats, dim, output_size);
        public Tensor t() => Operator.Call("t", this);
        public Tensor T => Operator.Call("numpy_T", this);
        public Tensor mT => Operator.Call("mT", this);
        public Tensor transpose(long dim0, long dim1) => Operator.Call("transpose.int", this, dim0, dim1);
        public Tensor transpose_(long dim0, long dim1) => Operator.CallInPlace("transpose_", this, dim0, dim1);
        public Tensor permute(params long[] permutation) => Operator.Call("permute", this, permutation);
        public Tensor roll(long shifts, long? dims = null) =>
            Operator.Call("roll", this, Argument.List(shifts), dims is { } one ? [one] : Array.Empty<long>());
        public Tensor flip(params long[] dims) => Operator.Call("flip", this, dims);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Operator.Call("as_strided", this, size, strides, storageOffset);
        public Tensor diag(long diagonal = 0) => Operator.Call("diag", this, diagonal);
        public Tensor tril(long diagonal = 0) => Operator.Call("tril", this, diagonal);
        public Tensor triu(long diagonal = 0) => Operator.Call("triu", this, diagonal);
        public Tensor trace() => Operator.Call("trace", this);
        public Tensor[] split(long size, int dim = 0) => Operator.CallMany("split.Tensor", this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => Operator.CallMany("split_with_sizes", this, sizes, dim);
        public Tensor[] chunk(long chunks, long dim = 0) => Operator.CallMany("chunk", this, chunks, dim);
        public Tensor[] unbind(long dimension = 0) => Operator.CallMany("unbind.int", this, dimension);
    }
}
