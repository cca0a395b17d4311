using TorchSharp;

namespace Microsoft.ML.DeLoRA.Tests.Models;

public class DevicesTests
{
    [Theory]
    [InlineData("cpu")]
    [InlineData("CPU")]
    public void The_CPU_is_always_there(string name)
    {
        Assert.Equal(DeviceType.CPU, Devices.Parse(name).type);
        Assert.Equal("cpu", Devices.Name(Devices.Parse(name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cpu:0")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:one")]
    [InlineData("cuda:0:1")]
    [InlineData("cuda: 1")]
    public void What_is_no_device_is_answered_with_what_is(string name)
        => Assert.Equal($"'{name}' is no device; write cpu, cuda or cuda:N, N being a GPU's number from 0.",
            Assert.Throws<ArgumentException>(() => Devices.Parse(name)).Message);

    [Fact]
    public void A_GPU_is_found_or_its_absence_explained()
    {
        string missing = Assert.Throws<InvalidOperationException>(() => Devices.Parse("cuda:99")).Message;
        Assert.StartsWith("'cuda:99' was asked for, but ", missing);
        if (torch.cuda.is_available())
        {
            Assert.Equal((DeviceType.CUDA, 0), (Devices.Parse("cuda").type, Devices.Parse("cuda").index));
            Assert.Equal("cuda:0", Devices.Name(Devices.Parse("cuda:0")));
        }
        else
        {
            Assert.Contains("no CUDA device was found", Assert.Throws<InvalidOperationException>(() => Devices.Parse("cuda")).Message);
        }
    }

    [Fact]
    public void A_GPU_has_its_number_in_its_name() => Assert.Equal("cuda:1", Devices.Name(new torch.Device(DeviceType.CUDA, 1)));
}
