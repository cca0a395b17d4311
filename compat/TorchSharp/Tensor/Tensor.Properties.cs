using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public ScalarType dtype => (ScalarType)Describe().Type;

        public Device device
        {
            get
            {
                Description description = Describe();
                return new Device((DeviceType)description.DeviceType, description.DeviceIndex);
            }
        }

        public DeviceType device_type => (DeviceType)Describe().DeviceType;

        public int device_index => Describe().DeviceIndex;

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Describe().Dimensions];
                fixed (long* into = sizes)
                    NativeMethods.Check(NativeMethods.compat_tensor_sizes(Handle, into));
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long Dimensions => Describe().Dimensions;

        public long ndim => Describe().Dimensions;

        public long NumberOfElements => Describe().Elements;

        public long ElementSize => Describe().ElementSize;

        public bool is_leaf => Describe().IsLeaf;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool requires_grad
        {
            get => Describe().RequiresGrad;
            set
            {
                NativeMethods.Check(NativeMethods.compat_tensor_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public long dim() => Describe().Dimensions;

        public long[] size() => shape;

        public long size(int dim)
        {
            long[] sizes = shape;
            int index = dim < 0 ? dim + sizes.Length : dim;
            return (uint)index < (uint)sizes.Length
                ? sizes[index]
                : throw new IndexOutOfRangeException($"Dimension {dim} is out of range: the tensor has {sizes.Length} dimensions.");
        }

        public unsafe long[] stride()
        {
            var strides = new long[Describe().Dimensions];
            fixed (long* into = strides)
                NativeMethods.Check(NativeMethods.compat_tensor_strides(Handle, into));
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[dim < 0 ? dim + (int)this.dim() : dim];

        public long numel() => Describe().Elements;

        public long element_size() => Describe().ElementSize;

        public bool is_contiguous() => Describe().IsContiguous;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public override string ToString() => IsInvalid
            ? "[disposed]"
            : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        internal Description Describe()
        {
            NativeMethods.Check(NativeMethods.compat_tensor_describe(Handle, out Description description));
            GC.KeepAlive(this);
            return description;
        }
    }
}
