using System.Diagnostics;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>Nothing stays behind: no tensor, no memory.</summary>
[Collection(nameof(Alone))]
public class MemoryTests
{
    private const int Operations = 100_000;

    [Fact]
    public void A_hundred_thousand_operations_leave_nothing_behind()
    {
        using Tensor weight = randn(64, 64, requires_grad: true);
        Train(weight, Operations / 100);
        long tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        long memory = Resident();

        Train(weight, Operations);

        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        // 100,000 results of 16 KiB are 1.6 GB and 100,000 bare handles about 30 MB: either would show.
        Assert.InRange(Resident() - memory, long.MinValue, 20L << 20);
    }

    [StandInFact]
    public void Results_of_changing_sizes_leave_no_memory_behind()
    {
        var random = new Random(1);
        using Tensor warm = ones(4096, 256);
        void Once(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor x = empty(random.Next(64, 4096), 256);
                _ = nn.functional.gelu(x.zero_()).add_(1).sum();
            }
        }
        Once(300);
        long memory = Resident();
        Once(1000);
        Assert.InRange(Resident() - memory, long.MinValue, 64L << 20);
    }

    [Fact]
    public void What_nobody_disposes_the_finalizer_frees()
    {
        long before = Tensor.TotalCount;
        Drop();
        for (int i = 0; i < 20 && Tensor.TotalCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.InRange(Tensor.TotalCount, 0, before);
    }

    [StandInFact]
    public void Errors_leave_no_tensor_behind()
    {
        using Tensor a = ones(2, 3);
        long before = Tensor.TotalCount;
        for (int i = 0; i < 1000; i++)
            Assert.ThrowsAny<Exception>(() => a.matmul(a));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop()
    {
        for (int i = 0; i < 100; i++)
            _ = ones(10);
    }

    /// <summary>About ten operations a round, with a gradient.</summary>
    private static void Train(Tensor weight, int operations)
    {
        for (int done = 0; done < operations; done += 10)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = nn.functional.gelu(nn.functional.linear(ones(8, 64), weight)).square().mean();
            loss.backward();
            using (no_grad())
                weight.add_(weight.grad!, -0.001).grad = null;
        }
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}

/// <summary>Tests that measure the whole process run while no other does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
