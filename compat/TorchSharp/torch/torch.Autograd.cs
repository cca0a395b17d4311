using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static bool is_grad_enabled() => NativeMethods.compat_grad_mode() != 0;

    public static bool is_inference_mode_enabled() => NativeMethods.compat_inference_mode() != 0;

    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static class autograd
    {
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false,
            bool create_graph = false, bool allow_unused = false)
        {
            var results = new nint[inputs.Count];
            nint[]? given = Gradients(grad_outputs, outputs.Count);
            fixed (nint* heads = Handles(outputs), gradients = given, leaves = Handles(inputs), into = results)
            {
                NativeMethods.Check(NativeMethods.compat_grad(
                    heads, gradients, outputs.Count, leaves, inputs.Count,
                    retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, into));
            }
            GC.KeepAlive((outputs, inputs, grad_outputs));
            return Array.ConvertAll(results, handle => handle == 0 ? null! : new Tensor(handle));
        }

        public static void backward(
            Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        public static void backward(
            Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static unsafe void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            fixed (nint* heads = Handles(tensors), gradients = Gradients(grad_tensors, tensors.Count), leaves = Handles(inputs ?? []))
            {
                NativeMethods.Check(NativeMethods.compat_backward(
                    heads, gradients, tensors.Count, (retain_graph ?? create_graph) ? 1 : 0, create_graph ? 1 : 0,
                    leaves, inputs?.Count ?? 0));
            }
            GC.KeepAlive((tensors, grad_tensors, inputs));
        }

        private static nint[]? Gradients(IList<Tensor>? gradients, int count)
        {
            if (gradients is not null && gradients.Count != count)
                throw new ArgumentException($"{gradients.Count} gradients were given for {count} tensors.");
            return gradients is null ? null : Handles(gradients);
        }

        private static nint[] Handles(IList<Tensor> tensors)
        {
            var handles = new nint[tensors.Count];
            for (int i = 0; i < handles.Length; i++)
                handles[i] = tensors[i]?.Handle ?? 0;
            return handles;
        }
    }

    public partial class Tensor
    {
        public Tensor? grad
        {
            get
            {
                NativeMethods.Check(NativeMethods.compat_tensor_grad(Handle, out nint gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                NativeMethods.Check(NativeMethods.compat_tensor_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(value);
                GC.KeepAlive(this);
            }
        }

        public void backward() => autograd.backward([this]);

        public void retain_grad()
        {
            NativeMethods.Check(NativeMethods.compat_tensor_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        public Tensor detach() => Operator.Call("detach", this);

        public Tensor detach_() => Operator.CallInPlace("detach_", this);
    }

    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = is_grad_enabled();

        public GradMode(bool enabled) => NativeMethods.compat_set_grad_mode(enabled ? 1 : 0);

        public void Dispose() => NativeMethods.compat_set_grad_mode(_before ? 1 : 0);
    }

    private sealed class InferenceMode(bool enabled) : IDisposable
    {
        private nint _guard = NativeMethods.Check(NativeMethods.compat_inference_guard(enabled ? 1 : 0));

        public void Dispose() => NativeMethods.compat_inference_guard_free(Interlocked.Exchange(ref _guard, 0));
    }
}
