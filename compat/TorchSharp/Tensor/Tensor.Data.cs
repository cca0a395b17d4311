using System.Runtime.InteropServices;
using TorchSharp.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The memory of a contiguous tensor on the CPU; setting it copies that many bytes in.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                Description description = Describe();
                RequireCpu(description);
                if (!description.IsContiguous)
                    throw new InvalidOperationException("The bytes of a tensor that is not contiguous: call contiguous() first.");
                return new Span<byte>((void*)description.Data, checked((int)(description.Elements * description.ElementSize)));
            }
            set
            {
                Span<byte> target = bytes;
                if (value.Length != target.Length)
                    throw new ArgumentException($"The tensor holds {target.Length} bytes, {value.Length} were given.");
                value.CopyTo(target);
                GC.KeepAlive(this);
            }
        }

        /// <summary>Element access without copying; T must be the tensor's element type.</summary>
        public TensorAccessor<T> data<T>() where T : struct
        {
            Description description = Describe();
            RequireCpu(description);
            RequireType<T>(description);
            return new TensorAccessor<T>(this, description.Data);
        }

        public T item<T>() where T : struct
        {
            Description description = Describe();
            if (description.Elements != 1)
                throw new ArgumentException($"Only a tensor of one element has an item; this one has {description.Elements}.");
            RequireType<T>(description);
            using Tensor here = cpu();
            return MemoryMarshal.Read<T>(here.bytes);
        }

        public Scalar ToScalar()
        {
            Value value = Operator.CallValue("item", this);
            return value.Kind switch
            {
                Kind.Double => new Scalar(BitConverter.Int64BitsToDouble(value.Bits)),
                Kind.Bool => new Scalar(value.Bits != 0),
                _ => new Scalar(value.Bits),
            };
        }

        internal static void RequireCpu(in Description description)
        {
            if (description.DeviceType != (int)DeviceType.CPU)
                throw new InvalidOperationException("Only the memory of the CPU can be read: copy the tensor with cpu() first.");
        }

        private static void RequireType<T>(in Description description) where T : struct
        {
            var type = (ScalarType)description.Type;
            if (TypeOf<T>() != type)
                throw new ArgumentException($"The tensor holds {type}, which is not read as {typeof(T).Name}.");
        }
    }

    /// <summary>The element type that a .NET type is.</summary>
    internal static ScalarType TypeOf<T>() where T : struct =>
        typeof(T) == typeof(float) ? ScalarType.Float32 :
        typeof(T) == typeof(double) ? ScalarType.Float64 :
        typeof(T) == typeof(Half) ? ScalarType.Float16 :
        typeof(T) == typeof(long) ? ScalarType.Int64 :
        typeof(T) == typeof(int) ? ScalarType.Int32 :
        typeof(T) == typeof(short) ? ScalarType.Int16 :
        typeof(T) == typeof(sbyte) ? ScalarType.Int8 :
        typeof(T) == typeof(byte) ? ScalarType.Byte :
        typeof(T) == typeof(bool) ? ScalarType.Bool :
        throw new ArgumentException($"A tensor has no element type for {typeof(T).Name}.");
}
