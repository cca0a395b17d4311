using System.Reflection;
using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Pretraining;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>
/// TorchSharp hands bare addresses of scalars to libtorch, which a garbage collection frees while libtorch reads them
/// (<see cref="TensorArithmetic"/>). Nobody else makes one, nor calls what makes one inside of TorchSharp.
/// </summary>
public class ScalarLifeTests
{
    // Found anew in the TorchSharp at hand: whoever makes a scalar, and whoever calls one of those, however indirectly.
    private static readonly Lazy<HashSet<MethodBase>> _makers = new(MakersOfScalars);

    public static TheoryData<string> Assemblies() => new(new[] { typeof(PackedEncoder), typeof(Tool), typeof(GlueRun), typeof(Pretrainer) }
        .Select(t => t.Assembly.GetName().Name!));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Nothing_but_the_arithmetic_makes_scalars(string assembly)
    {
        string[] found =
        [
            .. from method in IntermediateLanguage.Methods(Assembly.Load(assembly))
               where method.DeclaringType != typeof(TensorArithmetic)
               from callee in IntermediateLanguage.Callees(method)
               where _makers.Value.Contains(callee)
               select $"{IntermediateLanguage.Name(method)} calls {IntermediateLanguage.Name(callee)}",
        ];
        Assert.True(found.Length == 0, $"Use {nameof(TensorArithmetic)} here:\n{string.Join('\n', found.Distinct())}");
    }

    [Fact]
    public void What_makes_scalars_is_found()
    {
        MethodBase[] direct =
            [.. typeof(TensorArithmetic).GetMethods().SelectMany(IntermediateLanguage.Callees).Where(_makers.Value.Contains)];
        Assert.Contains(direct, m => m.DeclaringType == typeof(Scalar) && m.Name == "op_Implicit");
        Assert.Contains(direct, m => m.Name == nameof(Tensor.ToScalar));
        string[] operators = [.. _makers.Value.Where(m => m.DeclaringType == typeof(Tensor)).Select(IntermediateLanguage.Name)];
        Assert.Contains("TorchSharp.torch+Tensor.op_Addition(Tensor, Tensor)", operators);
        Assert.Contains("TorchSharp.torch+Tensor.op_Multiply(Tensor, Double)", operators);
        Assert.Contains("TorchSharp.torch+Tensor.square()", operators);
        Assert.DoesNotContain("TorchSharp.torch+Tensor.op_Multiply(Tensor, Tensor)", operators);
        Assert.DoesNotContain("TorchSharp.torch+Tensor.op_Subtraction(Tensor, Tensor)", operators);
    }

    [Fact]
    public void Results_are_those_of_the_operators()
    {
        using var scope = NewDisposeScope();
        Tensor a = randn(5, 3), b = randn(5, 3), c = rand(5, 3) + 1, rows = tensor([4L, 1]);
        (Tensor Expected, Tensor Found)[] pairs =
        [
            (a + b, a.Plus(b)),
            (a.add(b, 0.3), a.Plus(b, 0.3)),
            (a + 0.3, a.Plus(0.3)),
            (a + 2, a.Plus(2)),
            (a.addcmul(b, c, 1), a.PlusProduct(b, c)),
            (a.index_add(0, rows, b.narrow(0, 0, 2), 1), a.PlusRows(rows, b.narrow(0, 0, 2))),
            (a - 0.3, a.Minus(0.3)),
            (0.3 - a, a.SubtractedFrom(0.3)),
            (a * 0.3, a.Times(0.3)),
            (-2 * a, a.Times(-2)),
            (a / 0.3, a.DividedBy(0.3)),
            (a / 7L, a.DividedBy(7)),
            (a.square(), a.Squared()),
            (c.pow(0.75), c.Power(0.75)),
            (a.clamp_min(0.1), a.AtLeast(0.1)),
            (a.gt(0.1), a.GreaterThan(0.1)),
            (full(3, 0.1, float32), TensorArithmetic.Filled(3, 0.1)),
            (zeros(5, 3), a.clone().SetToZero()),
            (a.clone().add_(b), a.clone().AddInPlace(b)),
            (a.clone().add_(b, 0.3), a.clone().AddInPlace(b, 0.3)),
            (a.clone().add_(0.3), a.clone().AddInPlace(0.3)),
            (a.clone().addcmul_(b, c, 0.3), a.clone().AddProductInPlace(b, c, 0.3)),
            (a.clone().addcdiv_(b, c, 0.3), a.clone().AddQuotientInPlace(b, c, 0.3)),
            (a.clone().mul_(0.3), a.clone().MultiplyInPlace(0.3)),
            (a.clone().div_(0.3), a.clone().DivideInPlace(0.3)),
        ];
        Assert.All(pairs, pair =>
        {
            Assert.Equal(pair.Expected.dtype, pair.Found.dtype);
            Assert.Equal(pair.Expected.bytes.ToArray(), pair.Found.bytes.ToArray());
        });
        Tensor same = a.clone();
        Assert.Same(same, same.SetToZero().AddInPlace(b).AddInPlace(1).AddProductInPlace(b, c, 2).AddQuotientInPlace(b, c, 2)
            .MultiplyInPlace(2).DivideInPlace(2));
        Assert.Equal(-1.25, tensor(-1.25f).Number());
        Assert.Equal((1L << 53) + 1, tensor((1L << 53) + 1).Integer());
    }

    private static HashSet<MethodBase> MakersOfScalars()
    {
        static bool Makes(MethodBase method)
            => method is ConstructorInfo ? method.DeclaringType == typeof(Scalar) : ((MethodInfo)method).ReturnType == typeof(Scalar);
        var callers = IntermediateLanguage.Methods(typeof(Tensor).Assembly)
            .SelectMany(method => IntermediateLanguage.Callees(method).Select(callee => (Caller: method, Callee: callee)))
                .ToLookup(c => c.Callee, c => c.Caller);
        var found = new HashSet<MethodBase>();
        var open = new Stack<MethodBase>(IntermediateLanguage.Methods(typeof(Tensor).Assembly).Where(Makes));
        while (open.TryPop(out MethodBase? maker))
        {
            if (!found.Add(maker))
                continue;
            foreach (MethodBase caller in callers[maker])
                open.Push(caller);
        }
        return found;
    }
}
