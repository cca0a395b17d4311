using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>Results known beforehand, for what gradients do not show: comparisons, indices, rounding, order of arguments.</summary>
public class ValueTests
{
    private static Tensor X => tensor(new double[] { 3, -1, 2, 0.5, 4, -2 }, [2, 3]);

    private static readonly Dictionary<string, (Func<Tensor> Make, double[] Expected)> s_rows = new()
    {
        ["zeros"] = (() => zeros(2), [0, 0]),
        ["ones"] = (() => ones(1, 2), [1, 1]),
        ["full"] = (() => full(2, 7.5), [7.5, 7.5]),
        ["full of whole numbers"] = (() => full([2], 7), [7, 7]),
        ["arange"] = (() => arange(3), [0, 1, 2]),
        ["arange from, by"] = (() => arange(1, 6, 2), [1, 3, 5]),
        ["linspace"] = (() => linspace(0, 1, 3), [0, 0.5, 1]),
        ["eye"] = (() => eye(2, 3), [1, 0, 0, 0, 1, 0]),
        ["zeros_like"] = (() => zeros_like(X), [0, 0, 0, 0, 0, 0]),
        ["ones_like"] = (() => ones_like(X, int64), [1, 1, 1, 1, 1, 1]),
        ["full_like"] = (() => full_like(X, 2), [2, 2, 2, 2, 2, 2]),
        ["scalar"] = (() => tensor(2.5), [2.5]),
        ["fill_"] = (() => X.fill_(3).zero_().add_(1), [1, 1, 1, 1, 1, 1]),

        ["eq"] = (() => X.eq(2), [0, 0, 1, 0, 0, 0]),
        ["ne"] = (() => X != 2, [1, 1, 0, 1, 1, 1]),
        ["lt"] = (() => X < 0.5, [0, 1, 0, 0, 0, 1]),
        ["le"] = (() => X <= 0.5, [0, 1, 0, 1, 0, 1]),
        ["gt"] = (() => X > 0.5, [1, 0, 1, 0, 1, 0]),
        ["ge"] = (() => X >= tensor(0.5), [1, 0, 1, 1, 1, 0]),
        ["number on the left"] = (() => 0.5 < X, [1, 0, 1, 0, 1, 0]),
        ["logic"] = (() => (X > 0).logical_and(X < 3).logical_or(X.eq(-2)).logical_not(), [1, 1, 0, 0, 1, 0]),
        ["bits"] = (() => ((X > 0) & (X < 3)) | ~(X > -2), [0, 0, 1, 1, 0, 1]),
        ["isnan, isinf, isfinite"] = (() =>
        {
            Tensor odd = tensor(new[] { double.NaN, double.PositiveInfinity, 1 });
            return cat([odd.isnan(), odd.isinf(), odd.isfinite()]);
        }, [1, 0, 0, 0, 1, 0, 0, 0, 1]),
        ["all, any"] = (() => stack([(X > 0).all(), (X > 0).any(), (X > 0).any(1).all()]), [0, 1, 1]),
        ["isclose"] = (() => X.isclose(X + 1e-9), [1, 1, 1, 1, 1, 1]),
        ["where"] = (() => where(X > 0, X, zeros_like(X)), [3, 0, 2, 0.5, 4, 0]),
        ["masked_fill_"] = (() => X.masked_fill_(X < 0, 9), [3, 9, 2, 0.5, 4, 9]),

        ["add alpha"] = (() => X.add(X, 2), [9, -3, 6, 1.5, 12, -6]),
        ["div floor"] = (() => X.div(2, RoundingMode.floor), [1, -1, 1, 0, 2, -1]),
        ["div trunc"] = (() => X.div(2, RoundingMode.trunc), [1, 0, 1, 0, 2, -1]),
        ["remainder"] = (() => X % 2, [1, 1, 0, 0.5, 0, 0]),
        ["lerp_"] = (() => zeros(2, float64).lerp_(tensor(new[] { 4.0, 8 }), tensor(new[] { 0.25, 0.5 })), [1, 4]),
        ["addcmul"] = (() => tensor(1.0).addcmul(tensor(2.0), tensor(3.0), 10), [61]),
        ["addcdiv"] = (() => tensor(1.0).addcdiv(tensor(6.0), tensor(3.0), 10), [21]),
        ["round"] = (() => tensor(new[] { 1.25, 2.5, 3.5 }).round(), [1, 2, 4]),
        ["round to decimals"] = (() => tensor(new[] { 1.26, -2.34 }).round(1), [1.3, -2.3]),
        ["from the left"] = (() => 1 - tensor(new[] { 1, 2 }), [0, -1]),
        ["divided from the left"] = (() => 1 / tensor(new[] { 2, 4 }), [0.5, 0.25]),

        ["argmax"] = (() => X.argmax(), [4]),
        ["argmax of a dimension"] = (() => X.argmax(1), [0, 1]),
        ["argmin"] = (() => X.argmin(0, keepdim: true), [1, 0, 1]),
        ["max"] = (() => X.max(1).indexes, [0, 1]),
        ["topk"] = (() => X.topk(2).indexes, [0, 2, 1, 0]),
        ["smallest"] = (() => X.topk(1, largest: false).values, [-1, -2]),
        ["sort"] = (() => X.sort(1).Indices, [1, 2, 0, 2, 0, 1]),
        ["argsort"] = (() => X.argsort(1, true), [0, 2, 1, 1, 0, 2]),
        ["nonzero"] = (() => (X < 0).nonzero(), [0, 1, 1, 2]),
        ["bincount"] = (() => tensor(new long[] { 0, 2, 2 }).bincount(null, 4), [1, 0, 2, 0]),
        ["sum to a type"] = (() => tensor(new[] { true, true }).sum(float64), [2]),
        ["mean of dimensions"] = (() => X.mean([0, 1]) * 6, [6.5]),
        ["std"] = (() => tensor(new[] { 1.0, 3 }).std(unbiased: false), [1]),
        ["cumsum"] = (() => X.cumsum(1), [3, 2, 4, 0.5, 4.5, 2.5]),
        ["norm"] = (() => tensor(new[] { 3.0, 4 }).norm(), [5]),
        ["norm 1 of a dimension"] = (() => X.norm(1, p: 1), [6, 6.5]),

        ["cat"] = (() => cat([X, X], 1)[0], [3, -1, 2, 3, -1, 2]),
        ["stack"] = (() => stack([X, X], 1)[1, 1], [0.5, 4, -2]),
        ["transpose"] = (() => X.t().reshape(6), [3, 0.5, -1, 4, 2, -2]),
        ["roll"] = (() => X.roll(1, 1), [2, 3, -1, -2, 0.5, 4]),
        ["flip"] = (() => X.flip(0), [0.5, 4, -2, 3, -1, 2]),
        ["tril"] = (() => X.tril(), [3, 0, 0, 0.5, 4, 0]),
        ["narrow"] = (() => X.narrow(1, 1, 2), [-1, 2, 4, -2]),
        ["slice"] = (() => X.slice(1, 0, 3, 2), [3, 2, 0.5, -2]),
        ["indexer"] = (() => X[.., ^2..], [-1, 2, 4, -2]),
        ["ellipsis"] = (() => X[TensorIndex.Ellipsis, 0], [3, 0.5]),
        ["new dimension"] = (() => X[TensorIndex.None, 1, TensorIndex.Slice(0, 2)], [0.5, 4]),
        ["index by tensor"] = (() => X[TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 2, 0 }))], [2, 3, -2, 0.5]),
        ["scatter_"] = (() => zeros(3).scatter_(0, tensor(new long[] { 2, 0 }), tensor(new[] { 5f, 7 })), [7, 0, 5]),
        ["index_add_"] = (() => zeros(3).index_add_(0, tensor(new long[] { 2, 2 }), tensor(new[] { 5f, 7 }), 1), [0, 0, 12]),
        ["index_copy_"] = (() => zeros(3).index_copy_(0, tensor(new long[] { 2 }), tensor(new[] { 5f })), [0, 0, 5]),
        ["index_fill_"] = (() => zeros(3).index_fill_(0, tensor(new long[] { 1 }), 4), [0, 4, 0]),
        ["repeat_interleave"] = (() => tensor(new[] { 1, 2 }).repeat_interleave(tensor(new long[] { 1, 2 })), [1, 2, 2]),
        ["one_hot"] = (() => nn.functional.one_hot(tensor(new long[] { 1 }), 3), [0, 1, 0]),
        ["as_strided"] = (() => X.as_strided([2], [5]), [3, -2]),

        ["matmul"] = (() => X.matmul(X.t()), [14, -6.5, -6.5, 20.25]),
        ["einsum"] = (() => einsum("ij,ij->i", X, X), [14, 20.25]),
        ["addmm"] = (() => ones(1, 1).addmm(full([1, 1], 3f), full([1, 1], 4f), 0.5f, 2), [24.5]),
        ["solve"] = (() => linalg.solve(eye(2) * 2, ones(2, 1)), [0.5, 0.5]),
        ["inv"] = (() => linalg.inv(tensor(new[] { 2.0, 0, 0, 4 }, [2, 2])), [0.5, 0, 0, 0.25]),
        ["eigh"] = (() => linalg.eigh(tensor(new[] { 2.0, 0, 0, 1 }, [2, 2])).Item1, [1, 2]),
        ["svd"] = (() => linalg.svd(tensor(new[] { 3.0, 0, 0, -4 }, [2, 2])).S, [4, 3]),

        ["softmax"] = (() => zeros(1, 4).softmax(1), [0.25, 0.25, 0.25, 0.25]),
        ["gelu"] = (() => nn.functional.gelu(tensor(new[] { 0.0, 1 })), [0, 0.841344746068543]),
        ["layer_norm"] = (() => nn.functional.layer_norm(tensor(new[] { 1.0, 3 }), [2], eps: 0), [-1, 1]),
        ["dropout of everything"] = (() => nn.functional.dropout(ones(3), 1), [0, 0, 0]),
        ["cross_entropy"] = (() => nn.functional.cross_entropy(zeros(2, 4, float64), tensor(new long[] { 1, -100 })), [Math.Log(4)]),
        ["cross_entropy, sum"] = (() => nn.functional.cross_entropy(
            zeros(2, 4, float64), tensor(new long[] { 1, 2 }), tensor(new[] { 1.0, 2, 3, 4 }), reduction: nn.Reduction.Sum),
            [5 * Math.Log(4)]),
        ["mse_loss, none"] = (() => nn.functional.mse_loss(tensor(new[] { 1.0, 3 }), tensor(new[] { 1.0, 1 }), nn.Reduction.None), [0, 4]),
        ["mse_loss"] = (() => nn.functional.mse_loss(tensor(new[] { 1.0, 3 }), tensor(new[] { 1.0, 1 })), [2]),
        ["binary_cross_entropy_with_logits"] = (() => nn.functional.binary_cross_entropy_with_logits(
            zeros(2, float64), ones(2, float64)), [Math.Log(2)]),
        ["causal attention"] = (() => nn.functional.scaled_dot_product_attention(
            zeros(1, 2, 1), zeros(1, 2, 1), tensor(new[] { 2f, 4 }, [1, 2, 1]), is_casual: true), [2, 3]),
    };

    public static TheoryData<string> Names => [.. s_rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Result_is_the_known_one(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] found = s_rows[name].Make().to(float64).contiguous().data<double>().ToArray();
        Assert.Equal(s_rows[name].Expected.Length, found.Length);
        Assert.All(found.Zip(s_rows[name].Expected), pair => Assert.Equal(pair.Second, pair.First, 1e-7)); // some rows are single precision
    }
}
