using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>What takes part in the graph and what does not.</summary>
public class AutogradTests
{
    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        Assert.Null(x.grad);
        (x * 3).sum().backward();
        (x * 3).sum().backward();
        Assert.Equal([6, 6], x.grad!.data<float>().ToArray());
        x.grad = null;
        Assert.Null(x.grad);
        x.grad = full([2], 4f);
        Assert.Equal(4, x.grad![0].ToSingle());
    }

    [Fact]
    public void Only_what_requires_it_is_tracked()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        Assert.True(x.is_leaf && x.requires_grad);
        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).is_leaf);
        Assert.False((ones(2) * 2).requires_grad);
        Assert.False(x.detach().requires_grad);
        Assert.True((x * 2).detach_().is_leaf);
    }

    [Fact]
    public void Modes_end_with_their_block()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
        Tensor made;
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            made = x * 2;
        }
        Assert.False(made.requires_grad);
        Assert.False(is_inference_mode_enabled());
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void A_gradient_can_be_given_for_a_tensor_of_many()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        autograd.backward([x * 3], [tensor(new[] { 1f, 10 })]);
        Assert.Equal([3, 30], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Gradients_can_be_asked_for_without_storing_them()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new[] { 2.0 }, requires_grad: true);
        Tensor first = autograd.grad([x.pow(3).sum()], [x], create_graph: true)[0];
        Tensor second = autograd.grad([first.sum()], [x])[0];
        Assert.Equal(12, first.ToDouble());
        Assert.Equal(12, second.ToDouble());
        Assert.Null(x.grad);
    }

    [Fact]
    public void A_middle_gradient_is_kept_when_asked()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        Tensor middle = x * 2;
        middle.retain_grad();
        (middle * 3).sum().backward();
        Assert.Equal([3, 3], middle.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_graph_is_used_again_when_kept()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(2, requires_grad: true);
        Tensor y = x.exp().sum();
        autograd.backward([y], retain_graph: true);
        y.backward();
        Assert.Equal(2 * Math.E, x.grad![0].ToDouble(), 1e-6);
    }

    [Fact]
    public void Threads_compute_at_once()
    {
        using DisposeScope outer = NewDisposeScope();
        Tensor weight = ones(16, 16, requires_grad: true);
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor mine = weight.detach().clone().requires_grad_();
            (nn.functional.linear(full([4, 16], (float)i), mine).sum() * 0.5).backward();
            Assert.Equal(2f * i, mine.grad![3, 5].ToSingle());
        });
    }
}
