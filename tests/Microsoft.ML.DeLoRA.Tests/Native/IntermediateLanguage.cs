using System.Reflection;
using System.Reflection.Emit;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>Reads assemblies' intermediate language: which methods call which, and what else they name.</summary>
internal static class IntermediateLanguage
{
    private static readonly Dictionary<int, OpCode> _operations = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(operation => (int)(ushort)operation.Value);

    /// <summary>Every method and constructor, with those that the compiler made of lambdas and iterators.</summary>
    public static IEnumerable<MethodBase> Methods(Assembly assembly) => assembly.GetTypes().SelectMany(type => type.GetMembers(
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)).OfType<MethodBase>();

    /// <summary>
    /// The methods that <paramref name="method"/> calls, constructs with or makes delegates of; generic ones as their definitions.
    /// </summary>
    public static IEnumerable<MethodBase> Callees(MethodBase method) => Tokens(method)
        .Where(t => t.Operand == OperandType.InlineMethod).Select(t => Definition((MethodBase)Resolve(method, t.Token)));

    /// <summary>Every method, field and type that the code of <paramref name="method"/> names.</summary>
    public static IEnumerable<MemberInfo> Members(MethodBase method) => Tokens(method).Select(t => Resolve(method, t.Token));

    private static IEnumerable<(OperandType Operand, int Token)> Tokens(MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (int at = 0; at < code.Length;)
        {
            int value = code[at++];
            if (value == 0xFE)
                value = (value << 8) | code[at++];
            OpCode operation = _operations[value];
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                yield return (operation.OperandType, BitConverter.ToInt32(code, at));
            at += OperandSize(operation, code, at);
        }
    }

    private static MemberInfo Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token, method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null)!;

    public static string Name(MethodBase method)
        => $"{method.DeclaringType?.FullName}.{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))})";

    private static int OperandSize(OpCode operation, byte[] code, int at) => operation.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
        _ => 4,
    };

    private static MethodBase Definition(MethodBase method)
        => method.IsGenericMethod || method.DeclaringType is { IsConstructedGenericType: true }
            ? method.Module.ResolveMethod(method.MetadataToken)!
            : method;
}
