using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The C interface of compat/native, one line per entry.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = NativeLibraryLoader.Name;

    static NativeMethods()
    {
        NativeLibraryLoader.Register();
        if (compat_initialize(Environment.ProcessorCount) is var remark && remark != 0)
            Console.Error.WriteLine(Marshal.PtrToStringUTF8(remark));
    }

    [LibraryImport(Library)] private static partial nint compat_initialize(int threads);
    [LibraryImport(Library)] internal static partial nint compat_error();
    [LibraryImport(Library)] internal static partial nint compat_version();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint compat_operator(
        string name, string overload);
    [LibraryImport(Library)] internal static partial int compat_call(nint op, Value* arguments, int count, Value* into, int capacity);
    [LibraryImport(Library)] internal static partial void compat_take_results(Value* into);

    [LibraryImport(Library)] internal static partial void compat_tensor_free(nint tensor);
    [LibraryImport(Library)] internal static partial int compat_tensor_describe(nint tensor, out Description into);
    [LibraryImport(Library)] internal static partial int compat_tensor_sizes(nint tensor, long* into);
    [LibraryImport(Library)] internal static partial int compat_tensor_strides(nint tensor, long* into);
    [LibraryImport(Library)] internal static partial int compat_tensor_set_requires_grad(nint tensor, int required);
    [LibraryImport(Library)] internal static partial int compat_tensor_retain_grad(nint tensor);
    [LibraryImport(Library)] internal static partial int compat_tensor_grad(nint tensor, out nint into);
    [LibraryImport(Library)] internal static partial int compat_tensor_set_grad(nint tensor, nint gradient);

    [LibraryImport(Library)] internal static partial int compat_backward(
        nint* tensors, nint* gradients, int count, int retainGraph, int createGraph, nint* inputs, int inputCount);
    [LibraryImport(Library)] internal static partial int compat_grad(
        nint* outputs, nint* gradients, int count, nint* inputs, int inputCount, int retainGraph, int createGraph, int allowUnused,
        nint* into);
    [LibraryImport(Library)] internal static partial int compat_grad_mode();
    [LibraryImport(Library)] internal static partial void compat_set_grad_mode(int enabled);
    [LibraryImport(Library)] internal static partial int compat_inference_mode();
    [LibraryImport(Library)] internal static partial nint compat_inference_guard(int enabled);
    [LibraryImport(Library)] internal static partial void compat_inference_guard_free(nint guard);

    [LibraryImport(Library)] internal static partial int compat_num_threads();
    [LibraryImport(Library)] internal static partial int compat_set_num_threads(int count);
    [LibraryImport(Library)] internal static partial int compat_num_interop_threads();
    [LibraryImport(Library)] internal static partial int compat_set_num_interop_threads(int count);

    [LibraryImport(Library)] internal static partial nint compat_generator_new(long device, ulong seed);
    [LibraryImport(Library)] internal static partial nint compat_generator_default();
    [LibraryImport(Library)] internal static partial void compat_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int compat_generator_seed(nint generator, ulong seed);
    [LibraryImport(Library)] internal static partial int compat_generator_initial_seed(nint generator, out ulong into);
    [LibraryImport(Library)] internal static partial int compat_generator_reseed(nint generator, out ulong into);
    [LibraryImport(Library)] internal static partial int compat_generator_state(nint generator, out nint into);
    [LibraryImport(Library)] internal static partial int compat_generator_set_state(nint generator, nint state);
    [LibraryImport(Library)] internal static partial int compat_manual_seed(ulong seed);

    [LibraryImport(Library)] internal static partial int compat_cuda_device_count();
    [LibraryImport(Library)] internal static partial int compat_cudnn_is_available();
    [LibraryImport(Library)] internal static partial int compat_cuda_synchronize(long index);
    [LibraryImport(Library)] internal static partial int compat_cuda_manual_seed(ulong seed, int all);

    /// <summary>Throws what the native side reported when the status says that it failed.</summary>
    internal static void Check(int status)
    {
        if (status < 0)
            Throw();
    }

    /// <summary>The same for entries that return a handle.</summary>
    internal static nint Check(nint handle)
    {
        if (handle == 0)
            Throw();
        return handle;
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal static void Throw() => throw new ExternalException(Marshal.PtrToStringUTF8(compat_error()));
}

/// <summary>Mirrors Description in tensors.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Description
{
    public nint Data;
    public long Elements;
    public int Dimensions;
    public int Type;
    public int DeviceType;
    public int DeviceIndex;
    public int ElementSize;
    public int Flags;

    public readonly bool IsContiguous => (Flags & 1) != 0;
    public readonly bool RequiresGrad => (Flags & 2) != 0;
    public readonly bool IsLeaf => (Flags & 4) != 0;
}
