using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor of libtorch. Freed once: by Dispose, by its dispose scope, or by the finalizer of what nobody disposed.</summary>
    public partial class Tensor : IDisposable
    {
        private static long s_count;
        private static long s_peak;
        private nint _handle;

        internal Tensor(nint handle)
        {
            _handle = handle;
            long count = Interlocked.Increment(ref s_count);
            if (count > Volatile.Read(ref s_peak))
                Volatile.Write(ref s_peak, count);
            OwningScope = DisposeScopeManager.Register(this);
        }

        ~Tensor() => Free();

        /// <summary>How many tensors live in this process, and the most that did.</summary>
        public static long TotalCount => Interlocked.Read(ref s_count);

        public static long PeakCount => Interlocked.Read(ref s_peak);

        internal DisposeScope? OwningScope { get; set; }

        public bool IsInvalid => _handle == 0;

        public IntPtr Handle => _handle != 0
            ? _handle
            : throw new InvalidOperationException("Tensor invalid -- empty handle: it was disposed, by itself or with its dispose scope.");

        public void Dispose()
        {
            OwningScope?.MarkAsDisposed(this);
            OwningScope = null;
            Free();
            GC.SuppressFinalize(this);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningScope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            if (OwningScope is null)
                other.Attach(this);
            else
                OwningScope.MoveToOther(other, this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) =>
            other.OwningScope is { } scope ? MoveToOtherDisposeScope(scope) : DetachFromDisposeScope();

        public Tensor DetachFromDisposeScope()
        {
            OwningScope?.Detach(this);
            return this;
        }

        private void Free()
        {
            nint handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0)
                return;
            NativeMethods.compat_tensor_free(handle);
            Interlocked.Decrement(ref s_count);
        }
    }
}
