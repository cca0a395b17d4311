using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The version of libtorch.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(NativeMethods.compat_version())!;

    public static int get_num_threads() => NativeMethods.compat_num_threads();

    public static void set_num_threads(int num) => NativeMethods.Check(NativeMethods.compat_set_num_threads(num));

    public static int get_num_interop_threads() => NativeMethods.compat_num_interop_threads();

    public static void set_num_interop_threads(int num) => NativeMethods.Check(NativeMethods.compat_set_num_interop_threads(num));

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.NewScope();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.CurrentScope;

    /// <summary>Evaluates in a scope of its own: of the tensors made, only the result stays.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using DisposeScope scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    public static class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static bool is_cudnn_available() => NativeMethods.compat_cudnn_is_available() != 0;

        public static int device_count() => NativeMethods.compat_cuda_device_count();

        public static void manual_seed(long seed) => NativeMethods.Check(NativeMethods.compat_cuda_manual_seed((ulong)seed, 0));

        public static void manual_seed_all(long seed) => NativeMethods.Check(NativeMethods.compat_cuda_manual_seed((ulong)seed, 1));

        public static void synchronize(Device? device = null) =>
            NativeMethods.Check(NativeMethods.compat_cuda_synchronize(device?.index ?? -1));
    }
}
