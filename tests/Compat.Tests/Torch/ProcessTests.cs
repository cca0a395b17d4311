using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>Settings of the whole process, so while no other test runs.</summary>
[Collection(nameof(Alone))]
public class ProcessTests
{
    [Fact]
    public void Threads_can_be_set()
    {
        int before = get_num_threads();
        Assert.InRange(before, 1, 4096);
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
        set_num_threads(before);
        Assert.Equal(before, get_num_threads());
    }

    [Fact]
    public void Without_a_gpu_cuda_says_so_in_an_exception()
    {
        if (cuda.is_available())
            return;
        Assert.Equal(0, cuda.device_count());
        Assert.ThrowsAny<Exception>(() => zeros(2, device: CUDA));
        Assert.ThrowsAny<Exception>(() => zeros(2).cuda());
    }

    [Fact]
    public void Devices_are_read_from_their_names()
    {
        Assert.Equal((DeviceType.CUDA, 1), (new Device("cuda:1").type, new Device("cuda:1").index));
        Assert.Equal(DeviceType.CPU, new Device("cpu").type);
        Assert.ThrowsAny<Exception>(() => new Device("abacus"));
    }

    [Fact]
    public void A_scope_may_end_on_another_thread()
    {
        DisposeScope? scope = null;
        Tensor? tensor = null;
        bool left = true;
        var ended = new ManualResetEventSlim();
        var disposed = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            scope = NewDisposeScope();
            tensor = ones(1);
            ended.Set();
            disposed.Wait();
            left = CurrentDisposeScope is not null;
        });
        thread.Start();
        ended.Wait();
        scope!.Dispose();
        disposed.Set();
        thread.Join();
        Assert.True(tensor!.IsInvalid);
        Assert.False(left);
    }
}
