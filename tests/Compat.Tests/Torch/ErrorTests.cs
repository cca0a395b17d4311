using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>What goes wrong in libtorch arrives as an exception with its message; nothing ends the process.</summary>
public class ErrorTests
{
    [StandInFact]
    public void Wrong_shapes_throw_with_the_native_message()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(2, 3);
        Assert.Contains("shapes cannot be multiplied", Assert.Throws<ExternalException>(() => a.matmul(a)).Message);
        Assert.Throws<ExternalException>(() => a.mm(a));
        Assert.Throws<ExternalException>(() => a.add(ones(2)));
        Assert.Throws<ExternalException>(() => a.view(7));
        Assert.Throws<ExternalException>(() => cat([a, ones(2)]));
        Assert.Throws<ExternalException>(() => nn.functional.linear(a, ones(4, 4)));
        Assert.Throws<ExternalException>(() => nn.functional.layer_norm(a, [4]));
        Assert.Throws<ExternalException>(() => nn.functional.cross_entropy(a, zeros(5, int64)));
    }

    [StandInFact]
    public void Wrong_indices_throw()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(2, 3);
        Assert.Throws<ExternalException>(() => a.index_select(0, tensor(new long[] { 2 })));
        Assert.Throws<ExternalException>(() => a.gather(1, tensor(new long[] { 3 }).view(1, 1)));
        Assert.Throws<ExternalException>(() => a.select(0, 2));
        Assert.Throws<ExternalException>(() => a.take(tensor(new long[] { 6 })));
        Assert.Throws<ExternalException>(() => a.scatter_(1, tensor(new long[] { 3 }).view(1, 1), ones(1, 1)));
        Assert.Throws<ExternalException>(() => a.index_add_(0, tensor(new long[] { 2 }), ones(1, 3), 1));
        Assert.Throws<ExternalException>(() => a.index_copy_(0, tensor(new long[] { -1 }), ones(1, 3)));
        Assert.Throws<ExternalException>(() => a.index_fill_(0, tensor(new long[] { 2 }), 1));
        Assert.Throws<ExternalException>(() => a.narrow(1, 2, 2));
        Assert.Throws<ExternalException>(() => a.sum(2));
        Assert.Throws<ExternalException>(() => nn.functional.cross_entropy(a, tensor(new long[] { 0, 3 })));
        Assert.Throws<ExternalException>(() => nn.functional.one_hot(tensor(new long[] { 5 }), 3));
    }

    [StandInFact]
    public void Wrong_element_types_throw()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Throws<ExternalException>(() => ones(2, 2).matmul(ones(2, 2, float64)));
        Assert.Throws<ExternalException>(() => ones(2, int64).mean());
        Assert.Throws<ExternalException>(() => ones(2, 2).index_select(0, ones(1)));
        Assert.Throws<ExternalException>(() => ones(2, int64).requires_grad_());
        Assert.ThrowsAny<Exception>(() => ones(2).data<double>());
        Assert.ThrowsAny<Exception>(() => ones(1).item<long>());
    }

    [StandInFact]
    public void What_no_machine_can_hold_throws()
    {
        Assert.Throws<ExternalException>(() => zeros(1L << 50));
        Assert.ThrowsAny<Exception>(() => zeros(-1));
    }

    [StandInFact]
    public void A_null_tensor_throws()
    {
        using Tensor a = ones(2);
        Assert.ThrowsAny<Exception>(() => a.add((Tensor)null!));
        Assert.ThrowsAny<Exception>(() => nn.functional.linear(null!, a));
        Assert.ThrowsAny<Exception>(() => cat([a, null!]));
        Assert.ThrowsAny<Exception>(() => a.index_select(0, null!));
    }

    [Fact]
    public void An_item_needs_one_element()
    {
        using Tensor two = ones(2);
        Assert.ThrowsAny<Exception>(() => two.item<float>());
        Assert.ThrowsAny<Exception>(() => two.ToSingle());
    }

    [Fact]
    public void A_disposed_tensor_throws_wherever_it_is_used()
    {
        Tensor gone = ones(2);
        Tensor kept = ones(2);
        gone.Dispose();
        gone.Dispose();
        Assert.True(gone.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => gone.Handle);
        Assert.Throws<InvalidOperationException>(() => gone.add(kept));
        Assert.Throws<InvalidOperationException>(() => kept.add(gone));
        Assert.Throws<InvalidOperationException>(() => cat([kept, gone]));
        Assert.Throws<InvalidOperationException>(() => gone.shape);
        Assert.Throws<InvalidOperationException>(() => gone.bytes.Length);
        Assert.Throws<InvalidOperationException>(() => kept.copy_(gone));
        kept.Dispose();
    }

    [Fact]
    public void Backward_twice_throws()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        Tensor y = x.exp().sum();
        y.backward();
        Assert.Contains("backward", Assert.Throws<ExternalException>(y.backward).Message);
    }

    [Fact]
    public void Backward_needs_a_number()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        Assert.Throws<ExternalException>((x * 2).backward);
    }

    [Fact]
    public void A_leaf_that_needs_its_gradient_is_not_changed_in_place()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        Assert.Throws<ExternalException>(() => x.add_(1));
        using (no_grad())
            x.add_(1);
        Assert.Equal(2, x[0].ToSingle());
    }

    [Fact]
    public void An_array_must_fill_its_shape() => Assert.ThrowsAny<Exception>(() => tensor(new float[5], [2, 3]));

    [StandInFact]
    public void The_machine_works_on_after_errors_on_many_threads()
    {
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using DisposeScope scope = NewDisposeScope();
            string message = Assert.Throws<ExternalException>(() => ones(2, i + 2).matmul(ones(i + 3, 2))).Message;
            Assert.Contains($"(2x{i + 2} and {i + 3}x2)", message); // its own message, not another thread's
            Assert.Equal(2 * (i + 2), ones(2, i + 2).sum().ToInt32());
        });
    }
}
