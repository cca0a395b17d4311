using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>Who owns a tensor, and until when.</summary>
public class DisposeScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_in_it_and_nothing_else()
    {
        using Tensor before = ones(2);
        Tensor inside;
        using (DisposeScope scope = NewDisposeScope())
        {
            inside = before + 1;
            Assert.True(scope.Contains(inside));
            Assert.False(scope.Contains(before));
            Assert.Equal(1, scope.DisposablesCount);
        }
        Assert.True(inside.IsInvalid);
        Assert.False(before.IsInvalid);
    }

    [Fact]
    public void A_tensor_belongs_to_the_innermost_scope()
    {
        using DisposeScope outer = NewDisposeScope();
        Tensor mine = ones(1);
        using (DisposeScope inner = NewDisposeScope())
        {
            Tensor its = ones(1);
            Assert.Same(inner, CurrentDisposeScope);
            Assert.True(inner.Contains(its));
            Assert.False(outer.Contains(its));
        }
        Assert.Same(outer, CurrentDisposeScope);
        Assert.False(mine.IsInvalid);
    }

    [Fact]
    public void A_moved_tensor_lives_as_long_as_the_outer_scope()
    {
        Tensor moved;
        using (DisposeScope outer = NewDisposeScope())
        {
            using (NewDisposeScope())
                moved = (ones(1) + 1).MoveToOuterDisposeScope();
            Assert.False(moved.IsInvalid);
            Assert.True(outer.Contains(moved));
        }
        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void What_moves_out_of_the_outermost_scope_or_is_detached_belongs_to_nobody()
    {
        Tensor moved, detached;
        using (NewDisposeScope())
        {
            moved = ones(1).MoveToOuterDisposeScope();
            detached = ones(1).DetachFromDisposeScope();
        }
        Assert.False(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        moved.Dispose();
        detached.Dispose();
    }

    [Fact]
    public void A_scope_can_take_a_tensor_over()
    {
        Tensor loose = ones(1);
        using (DisposeScope scope = NewDisposeScope())
        {
            scope.Attach(loose);
            Assert.True(scope.Contains(loose));
        }
        Assert.True(loose.IsInvalid);
    }

    [Fact]
    public void A_tensor_disposed_by_itself_leaves_its_scope()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = ones(1);
        tensor.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Everything_but_the_kept_goes()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(1), b = ones(1), kept = ones(1);
        scope.DisposeEverythingBut(kept);
        Assert.True(a.IsInvalid && b.IsInvalid);
        Assert.False(kept.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void A_wrapped_expression_leaves_its_result_only()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = WrappedTensorDisposeScope(() => (ones(3) * 2 + 1).sum());
        Assert.Equal(9, result.ToSingle());
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void Scopes_are_per_thread()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? made = null;
        var thread = new Thread(() =>
        {
            Assert.Null(CurrentDisposeScope);
            made = ones(1);
        });
        thread.Start();
        thread.Join();
        Assert.False(scope.Contains(made!));
        made!.Dispose();
    }

    [Fact]
    public void Statistics_count_what_lives_in_scopes()
    {
        var statistics = DisposeScopeManager.Statistics;
        long before = statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            Tensor first = ones(1);
            Tensor second = ones(1);
            Assert.Equal(before + 2, statistics.ThreadTotalLiveCount);
            first.Dispose();
            Assert.Equal(before + 1, statistics.ThreadTotalLiveCount);
        }
        Assert.Equal(before, statistics.ThreadTotalLiveCount);
    }
}
