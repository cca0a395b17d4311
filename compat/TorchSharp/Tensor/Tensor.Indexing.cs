using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);
    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);
    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);
    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);
    public static Tensor scatter(Tensor input, long dim, Tensor index, Tensor src) => input.scatter(dim, index, src);
    public static Tensor scatter_add(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add(dim, index, src);
    public static Tensor scatter_(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_(dim, index, src);
    public static Tensor scatter_add_(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add_(dim, index, src);

    public partial class Tensor
    {
        public Tensor narrow(long dim, long start, long length) => Operator.Call("narrow", this, dim, start, length);
        public Tensor select(long dim, long index) => Operator.Call("select.int", this, dim, index);
        public Tensor slice(long dim, long start, long finish, long step) => Operator.Call("slice.Tensor", this, dim, start, finish, step);
        public Tensor index_select(long dim, Tensor index) => Operator.Call("index_select", this, dim, index);
        public Tensor gather(long dim, Tensor index) => Operator.Call("gather", this, dim, index);
        public Tensor take(Tensor index) => Operator.Call("take", this, index);
        public Tensor scatter(long dim, Tensor index, Tensor src) => Operator.Call("scatter.src", this, dim, index, src);
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Operator.Call("scatter_add", this, dim, index, src);
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Operator.Call("index_add", this, dim, index, source, alpha);
        public Tensor index_copy(long dim, Tensor index, Tensor source) => Operator.Call("index_copy", this, dim, index, source);
        public Tensor index_fill(long dim, Tensor index, Scalar value) => Operator.Call("index_fill.int_Scalar", this, dim, index, value);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Operator.CallInPlace("scatter_.src", this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Operator.CallInPlace("scatter_add_", this, dim, index, src);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Operator.CallInPlace("index_add_", this, dim, index, source, alpha);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Operator.CallInPlace("index_copy_", this, dim, index, source);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            Operator.CallInPlace("index_fill_.int_Scalar", this, dim, index, value);
        public Tensor index(params Tensor[] indices) => Operator.Call("index.Tensor", this, indices);
        public Tensor index_put_(Tensor value, params Tensor[] indices) => Operator.CallInPlace("index_put_", this, indices, value);

        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Assign(select(0, i1), value);
        }

        public Tensor this[long i1, long i2]
        {
            get => At(i1, i2);
            set => Assign(At(i1, i2), value);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => At(i1, i2, i3);
            set => Assign(At(i1, i2, i3), value);
        }

        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => Assign(index(indices), value);
        }

        /// <summary>In the order of the dimensions: numbers select, slices narrow, None adds one of size 1, tensors gather.</summary>
        public Tensor index(params TensorIndex[] indices) => TensorIndex.Apply(this, indices);

        private Tensor At(params ReadOnlySpan<long> indices)
        {
            Tensor found = alias();
            foreach (long index in indices)
            {
                using Tensor before = found;
                found = before.select(0, index);
            }
            return found;
        }

        private static void Assign(Tensor view, Tensor value)
        {
            using (view)
                view.copy_(value);
        }
    }
}
