using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;

namespace TorchSharp.Interop;

/// <summary>
/// Calls ATen operators by their schema names ("add.Tensor", as in libtorch's native_functions.yaml), arguments in schema
/// order; those left out take the schema's defaults.
/// </summary>
internal static unsafe class Operator
{
    private static readonly ConcurrentDictionary<string, nint> s_operators = new();
    private static readonly ConcurrentDictionary<string, bool> s_exists = new();

    public static torch.Tensor Call(string name, params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Expect(name, 1, Run(name, arguments, &result, 1));
        return new torch.Tensor((nint)result.Bits);
    }

    public static (torch.Tensor, torch.Tensor) Call2(string name, params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[2];
        Expect(name, 2, Run(name, arguments, results, 2));
        return (new torch.Tensor((nint)results[0].Bits), new torch.Tensor((nint)results[1].Bits));
    }

    public static (torch.Tensor, torch.Tensor, torch.Tensor) Call3(string name, params ReadOnlySpan<Argument> arguments)
    {
        Value* results = stackalloc Value[3];
        Expect(name, 3, Run(name, arguments, results, 3));
        return (new torch.Tensor((nint)results[0].Bits), new torch.Tensor((nint)results[1].Bits), new torch.Tensor((nint)results[2].Bits));
    }

    public static torch.Tensor[] CallMany(string name, params ReadOnlySpan<Argument> arguments)
    {
        int count = Run(name, arguments, null, 0);
        var results = new Value[count];
        fixed (Value* into = results)
            NativeMethods.compat_take_results(into);
        return Array.ConvertAll(results, result => new torch.Tensor((nint)result.Bits));
    }

    /// <summary>For operators whose result is a number or a truth value.</summary>
    public static Value CallValue(string name, params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Expect(name, 1, Run(name, arguments, &result, 1));
        return result;
    }

    /// <summary>For operators that change their first argument: returns that, and frees the second handle made of it.</summary>
    public static torch.Tensor CallInPlace(string name, params ReadOnlySpan<Argument> arguments)
    {
        Value result = default;
        if (Run(name, arguments, &result, 1) == 1 && result.Kind == Kind.Tensor)
            NativeMethods.compat_tensor_free((nint)result.Bits);
        return (torch.Tensor)arguments[0].Owner!;
    }

    /// <summary>Whether the loaded libtorch has the operator.</summary>
    public static bool Exists(string name) =>
        s_operators.ContainsKey(name) || s_exists.GetOrAdd(name, static name => NativeMethods.compat_operator(name, "") != 0);

    private static void Expect(string name, int expected, int count)
    {
        if (count != expected)
            throw new InvalidOperationException($"The native operator {name} gave {count} results instead of {expected}.");
    }

    [SkipLocalsInit]
    private static int Run(string name, ReadOnlySpan<Argument> arguments, Value* into, int capacity)
    {
        const int onStack = 64;
        int length = 0;
        foreach (ref readonly Argument argument in arguments)
            length += Length(argument);

        Value* values = stackalloc Value[arguments.Length];
        long* near = stackalloc long[onStack];
        long[]? far = length <= onStack ? null : GC.AllocateUninitializedArray<long>(length, pinned: true);
        long* scratch = far is null ? near : (long*)Unsafe.AsPointer(ref far[0]);
        for (int i = 0; i < arguments.Length; i++)
        {
            ref readonly Argument argument = ref arguments[i];
            values[i].Kind = argument.Kind;
            values[i].Bits = argument.Bits;
            if (argument.Kind is Kind.Ints or Kind.Tensors or Kind.String)
            {
                values[i].Count = Copy(argument, scratch);
                values[i].Bits = (long)scratch;
                scratch += Length(argument);
            }
        }

        int count = NativeMethods.compat_call(Find(name), values, arguments.Length, into, capacity);
        // A finalizer must not free a tensor while the native side reads it.
        foreach (ref readonly Argument argument in arguments)
            GC.KeepAlive(argument.Owner);
        GC.KeepAlive(far);
        NativeMethods.Check(count);
        return count;
    }

    /// <summary>Scratch room of a list or a string, in longs.</summary>
    private static int Length(in Argument argument) => argument.Owner switch
    {
        string text => (Encoding.UTF8.GetByteCount(text) + sizeof(long) - 1) / sizeof(long),
        Array list => list.Length,
        _ => argument.Kind == Kind.Ints ? 1 : 0,
    };

    private static int Copy(in Argument argument, long* into)
    {
        switch (argument.Owner)
        {
            case string text:
                return Encoding.UTF8.GetBytes(text, new Span<byte>(into, Length(argument) * sizeof(long)));
            case long[] numbers:
                numbers.CopyTo(new Span<long>(into, numbers.Length));
                return numbers.Length;
            case torch.Tensor?[] tensors:
                for (int i = 0; i < tensors.Length; i++)
                    into[i] = tensors[i]?.Handle ?? 0;
                return tensors.Length;
            default:
                *into = argument.Bits;
                return 1;
        }
    }

    private static nint Find(string name) => s_operators.TryGetValue(name, out nint found) ? found : Add(name);

    private static nint Add(string name)
    {
        string[] parts = name.Split('.');
        return s_operators[name] = NativeMethods.Check(NativeMethods.compat_operator(parts[0], parts.Length > 1 ? parts[1] : ""));
    }
}
