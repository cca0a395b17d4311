using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>One differentiable operation: its name, the shapes of its inputs, how to draw them, and the operation.</summary>
/// <param name="Draw">Makes an input from standard normal numbers; by default leaves them as they are.</param>
public sealed record GradientCase(string Name, long[][] Shapes, Func<Tensor[], Tensor> Operation, Func<Tensor, Tensor>? Draw = null)
{
    public override string ToString() => Name;
}

/// <summary>A row for every differentiable operation that the stand-in offers.</summary>
internal static class GradientCases
{
    private static readonly long[] s_23 = [2, 3];
    private static readonly long[] s_32 = [3, 2];
    private static readonly long[] s_33 = [3, 3];

    // Away from the kinks and poles that the operation has.
    private static Tensor Positive(Tensor x) => x.abs() + 0.5;
    private static Tensor AwayFromZero(Tensor x) => x + x.sign() * 0.3;
    private static Tensor Distinct(Tensor x) => x * 0.01 + torch.arange(x.numel(), float64).view(x.shape).flip(-1);
    private static Tensor WellConditioned(Tensor x) => x * 0.2 + torch.eye(3, dtype: float64) * 2;
    private static Tensor Spd(Tensor x) => x.matmul(x.t()) + torch.eye(3, dtype: float64);

    private static GradientCase Unary(string name, Func<Tensor, Tensor> operation, Func<Tensor, Tensor>? draw = null) =>
        new(name, [s_23], x => operation(x[0]), draw);

    private static GradientCase Binary(string name, Func<Tensor, Tensor, Tensor> operation, Func<Tensor, Tensor>? draw = null) =>
        new(name, [s_23, s_23], x => operation(x[0], x[1]), draw);

    private static GradientCase Of(string name, long[][] shapes, Func<Tensor[], Tensor> operation, Func<Tensor, Tensor>? draw = null) =>
        new(name, shapes, operation, draw);

    private static Tensor Index(params long[] values) => torch.tensor(values);

    /// <summary>An in-place operation on a copy, which is where gradients allow one.</summary>
    private static Tensor On(Tensor x, Func<Tensor, Tensor> inPlace) => inPlace(x.clone());

    public static readonly GradientCase[] All =
    [
        Unary("abs", x => x.abs(), AwayFromZero),
        Unary("neg", x => -x),
        Unary("exp", x => x.exp()),
        Unary("log", x => x.log(), Positive),
        Unary("log1p", x => x.log1p(), Positive),
        Unary("expm1", x => x.expm1()),
        Unary("sqrt", x => x.sqrt(), Positive),
        Unary("rsqrt", x => x.rsqrt(), Positive),
        Unary("square", x => x.square()),
        Unary("reciprocal", x => x.reciprocal(), Positive),
        Unary("sin", x => x.sin()),
        Unary("cos", x => x.cos()),
        Unary("tan", x => x.tan(), x => x * 0.3),
        Unary("tanh", x => x.tanh()),
        Unary("sigmoid", x => x.sigmoid()),
        Unary("erf", x => x.erf()),
        Unary("relu", x => x.relu(), AwayFromZero),
        Unary("gelu", x => x.gelu()),
        Unary("silu", x => x.silu()),
        Unary("floor", x => x * x.floor(), AwayFromZero),
        Unary("ceil", x => x * x.ceil(), AwayFromZero),
        Unary("sign", x => x * x.sign(), AwayFromZero),
        Unary("round", x => x * x.round(), AwayFromZero),
        Unary("exp_", x => On(x, y => y.exp_())),
        Unary("sqrt_", x => On(x, y => y.sqrt_()), Positive),
        Unary("neg_", x => On(x, y => y.neg_())),
        Unary("relu_", x => On(x, y => y.relu_()), AwayFromZero),
        Unary("tanh_", x => On(x, y => y.tanh_())),
        Unary("sigmoid_", x => On(x, y => y.sigmoid_())),
        Unary("clamp", x => x.clamp(-0.5, 0.7), x => x * 3),
        Unary("clamp_", x => On(x, y => y.clamp_(-0.5, 0.7)), x => x * 3),
        Unary("clamp_min", x => x.clamp_min(0.1), x => x * 3),
        Unary("clamp_max", x => x.clamp_max(0.1), x => x * 3),

        Binary("add", (x, y) => x + y),
        Binary("add alpha", (x, y) => x.add(y, 0.3)),
        Binary("add_ alpha", (x, y) => On(x, z => z.add_(y, 0.3))),
        Binary("sub", (x, y) => x - y),
        Binary("mul", (x, y) => x * y),
        Binary("mul_", (x, y) => On(x, z => z.mul_(y))),
        Binary("div", (x, y) => x / y, Positive),
        Binary("div_", (x, y) => On(x, z => z.div_(y)), Positive),
        Binary("pow", (x, y) => x.pow(y), Positive),
        Binary("maximum", (x, y) => x.maximum(y)),
        Binary("minimum", (x, y) => x.minimum(y)),
        Binary("atan2", (x, y) => x.atan2(y), Positive),
        Binary("lerp", (x, y) => x.lerp(y, torch.full([2, 3], 0.25, float64))),
        Binary("broadcast", (x, y) => x.unsqueeze(1) * y),
        Unary("scalar add", x => x.add(2, 3) + 1),
        Unary("scalar sub", x => x.sub(2)),
        Unary("scalar from the left", x => 2 - x + 3.0 / x, Positive),
        Unary("scalar mul", x => 2.5 * x),
        Unary("scalar mul_", x => On(x, y => y.mul_(2.5))),
        Unary("scalar div", x => x / 4),
        Unary("scalar pow", x => x.pow(3)),
        Unary("scalar pow_", x => On(x, y => y.pow_(2))),
        Of("addcmul", [s_23, s_23, s_23], x => x[0].addcmul(x[1], x[2], 0.5)),
        Of("addcmul_", [s_23, s_23, s_23], x => On(x[0], y => y.addcmul_(x[1], x[2], 0.5))),
        Of("addcdiv", [s_23, s_23, s_23], x => x[0].addcdiv(x[1], x[2], 0.5), Positive),
        Of("addcdiv_", [s_23, s_23, s_23], x => On(x[0], y => y.addcdiv_(x[1], x[2], 0.5)), Positive),

        Unary("sum", x => x.sum().square()),
        Unary("sum of a dimension", x => x.sum(1).square()),
        Unary("sum of dimensions", x => x.sum([0, 1], keepdim: true).square()),
        Unary("mean", x => x.mean().square()),
        Unary("mean of a dimension", x => x.mean([0], keepdim: true).square()),
        Unary("std", x => x.std()),
        Unary("std of a dimension", x => x.std(1, unbiased: false)),
        Unary("var", x => x.var()),
        Unary("var of a dimension", x => x.var(1, unbiased: false, keepdim: true)),
        Unary("prod", x => x.prod(), AwayFromZero),
        Unary("prod of a dimension", x => x.prod(1), AwayFromZero),
        Unary("max", x => x.max().square(), Distinct),
        Unary("max of a dimension", x => x.max(1).values.square(), Distinct),
        Unary("min", x => x.min().square(), Distinct),
        Unary("min of a dimension", x => x.min(0).values.square(), Distinct),
        Binary("max of two", (x, y) => x.max(y)),
        Unary("amax", x => x.amax(1), Distinct),
        Unary("amin", x => x.amin(0), Distinct),
        Unary("norm", x => x.norm()),
        Unary("norm of a dimension", x => x.norm(1, true)),
        Unary("norm p", x => x.norm(3f), AwayFromZero),
        Unary("logsumexp", x => x.logsumexp(1)),
        Unary("cumsum", x => x.cumsum(1)),
        Unary("sort", x => x.sort(1, descending: true).Values, Distinct),
        Unary("topk", x => x.topk(2).values, Distinct),

        Unary("view", x => x.view(3, 2)),
        Unary("reshape", x => x.t().reshape(6)),
        Unary("flatten", x => x.flatten()),
        Unary("unflatten", x => x.unflatten(1, 3, 1)),
        Unary("squeeze", x => x.unsqueeze(0).squeeze(0)),
        Unary("expand", x => x.unsqueeze(0).expand(4, -1, -1)),
        Unary("repeat", x => x.repeat(2, 2)),
        Unary("repeat_interleave", x => x.repeat_interleave(2, 1)),
        Unary("transpose", x => x.transpose(0, 1)),
        Unary("permute", x => x.unsqueeze(0).permute(2, 0, 1)),
        Unary("t, T, mT", x => x.t() + x.T + x.mT),
        Unary("contiguous", x => x.t().contiguous()),
        Unary("roll", x => x.roll(1, 1)),
        Unary("flip", x => x.flip(0, 1)),
        Unary("tril", x => x.tril()),
        Unary("triu", x => x.triu(1)),
        Unary("trace", x => x.trace()),
        Of("diag", [[3]], x => x[0].diag()),
        Unary("split", x => x.split(2, 1)[0]),
        Unary("split by sizes", x => x.split([1, 2], 1)[1]),
        Unary("chunk", x => x.chunk(2)[1]),
        Unary("unbind", x => x.unbind(1)[2]),
        Binary("cat", (x, y) => torch.cat([x, y], 1)),
        Binary("stack", (x, y) => torch.stack([x, y], 1)),
        Unary("clone, alias", x => x.clone() + x.alias()),
        Unary("to", x => x.to(float64, copy: true)),
        Binary("copy_", (x, y) => On(x, z => z.narrow(1, 0, 2).copy_(y.narrow(1, 1, 2)) * z.sum())),

        Unary("narrow", x => x.narrow(1, 1, 2)),
        Unary("select", x => x.select(1, 2)),
        Unary("slice", x => x.slice(1, 0, 3, 2)),
        Unary("indexer", x => x[1] + x[0, 1] + x[.., 1..].sum()),
        Unary("index", x => x.index(Index(0, 0, 1), Index(2, 1, 1))),
        Unary("index_select", x => x.index_select(1, Index(2, 0, 0))),
        Unary("gather", x => x.gather(1, Index(0, 2, 1, 1).view(2, 2))),
        Unary("take", x => x.take(Index(5, 0))),
        Unary("masked_fill", x => x.masked_fill(torch.tensor(new[] { true, false, true }), 0)),
        Unary("masked_select", x => x.masked_select(torch.tensor(new[] { true, false, true }))),
        Binary("where", (x, y) => torch.where(torch.tensor(new[] { true, false, true }), x, y)),
        Of("scatter", [s_23, s_23], x => x[0].scatter(1, Index(0, 1, 2, 2, 1, 0).view(2, 3), x[1])),
        Of("scatter_", [s_23, s_23], x => On(x[0], y => y.scatter_(1, Index(0, 1, 2, 2, 1, 0).view(2, 3), x[1]))),
        Of("scatter_add", [s_23, s_23], x => x[0].scatter_add(1, Index(0, 0, 2, 2, 1, 2).view(2, 3), x[1])),
        Of("index_add", [s_33, s_23], x => x[0].index_add(0, Index(2, 2), x[1], 0.5)),
        Of("index_add_", [s_33, s_23], x => On(x[0], y => y.index_add_(0, Index(2, 0), x[1], 1))),
        Of("index_copy", [s_33, s_23], x => x[0].index_copy(0, Index(2, 0), x[1])),
        Of("index_fill", [s_33], x => x[0].index_fill(0, Index(1), 7)),
        Of("index_put_", [s_33, [2]], x => On(x[0], y => y.index_put_(x[1], Index(0, 2), Index(1, 1)))),

        Of("matmul", [s_23, s_32], x => x[0].matmul(x[1])),
        Of("matmul of batches", [[2, 2, 3], s_32], x => x[0].matmul(x[1])),
        Of("mm", [s_23, s_32], x => x[0].mm(x[1])),
        Of("bmm", [[2, 2, 3], [2, 3, 2]], x => x[0].bmm(x[1])),
        Of("mv", [s_23, [3]], x => x[0].mv(x[1])),
        Of("dot", [[3], [3]], x => x[0].dot(x[1])),
        Of("outer", [[2], [3]], x => x[0].outer(x[1])),
        Of("addmm", [[2, 2], s_23, s_32], x => x[0].addmm(x[1], x[2], 0.5f, 2f)),
        Of("addmv", [[2], s_23, [3]], x => x[0].addmv(x[1], x[2], 0.5f, 2f)),
        Of("baddbmm", [[2, 2, 2], [2, 2, 3], [2, 3, 2]], x => x[0].baddbmm(x[1], x[2], 0.5f, 2f)),
        Of("einsum", [[2, 2, 3], s_32], x => torch.einsum("bij,jk->bik", x[0], x[1])),
        Of("linalg.qr", [s_33], x => torch.linalg.qr(x[0]).R.abs(), WellConditioned),
        Of("linalg.svd", [s_33], x => torch.linalg.svd(x[0]).S, Distinct),
        Of("linalg.svdvals", [s_23], x => torch.linalg.svdvals(x[0])),
        Of("linalg.eigh", [s_33], x => torch.linalg.eigh(Spd(x[0])).Item1),
        Of("linalg.cholesky", [s_33], x => torch.linalg.cholesky(Spd(x[0]))),
        Of("linalg.inv", [s_33], x => torch.linalg.inv(x[0]), WellConditioned),
        Of("linalg.det", [s_33], x => torch.linalg.det(x[0]), WellConditioned),
        Of("linalg.solve", [s_33, s_33], x => torch.linalg.solve(x[0], x[1]), WellConditioned),
        Of("linalg.norm", [s_23], x => torch.linalg.norm(x[0], dims: [1])),
        Of("linalg.norm order", [s_23], x => torch.linalg.norm(x[0], 3.0, dims: [1])),
        Of("linalg.matrix_norm", [s_23], x => torch.linalg.matrix_norm(x[0])),
        Of("linalg.matrix_norm 2", [s_33], x => torch.linalg.matrix_norm(x[0], 2.0), Distinct),

        Of("linear", [s_23, [4, 3], [4]], x => nn.functional.linear(x[0], x[1], x[2])),
        Of("layer_norm", [s_23, [3], [3]], x => nn.functional.layer_norm(x[0], [3], x[1], x[2])),
        Unary("functional.gelu", x => nn.functional.gelu(x)),
        Unary("functional.tanh", x => nn.functional.tanh(x)),
        Unary("functional.sigmoid", x => nn.functional.sigmoid(x)),
        Unary("functional.softplus", x => nn.functional.softplus(x)),
        Unary("softmax", x => nn.functional.softmax(x, -1)),
        Unary("log_softmax", x => nn.functional.log_softmax(x, 1)),
        Unary("dropout off", x => nn.functional.dropout(x, 0.5, training: false)),
        Binary("cosine_similarity", (x, y) => nn.functional.cosine_similarity(x, y)),
        Binary("mse_loss", (x, y) => nn.functional.mse_loss(x, y, nn.Reduction.Sum)),
        Binary("l1_loss", (x, y) => nn.functional.l1_loss(x, y)),
        Unary("nll_loss", x => nn.functional.nll_loss(x, Index(2, 0))),
        Unary("cross_entropy", x => nn.functional.cross_entropy(x, Index(2, 0))),
        Of("cross_entropy with all options", [s_33], x => nn.functional.cross_entropy(
            x[0], Index(2, -1, 0), torch.tensor(new[] { 0.5, 1, 2 }), -1, nn.Reduction.Sum, 0.1)),
        Unary("binary_cross_entropy_with_logits", x => nn.functional.binary_cross_entropy_with_logits(
            x, torch.tensor(new[] { 0.2, 1, 0 }).expand(2, 3), pos_weights: torch.full([3], 2.0, float64))),
        Unary("scaled dot product attention", x =>
            nn.functional.scaled_dot_product_attention(x.unsqueeze(0), x.unsqueeze(0) * 0.5, x.unsqueeze(0) + 1)),
    ];
}
