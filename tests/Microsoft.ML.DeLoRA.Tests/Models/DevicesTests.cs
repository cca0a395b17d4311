using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Models;

public class DevicesTests
{
    // On libtorch's meta device, which every machine has and whose tensors have shapes but no numbers: it shows what stayed behind on the
    // CPU.
    private static readonly Device _meta = new(DeviceType.META);

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
        if (cuda.is_available())
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
    public void A_GPU_has_its_number_in_its_name() => Assert.Equal("cuda:1", Devices.Name(new Device(DeviceType.CUDA, 1)));

    [Fact]
    public void A_moved_model_is_there_as_a_whole_and_its_trained_parameters_are_leaves()
    {
        using SequenceClassifier model = TinyModel.Create();
        model.Encoder.WordEmbeddings.Trainable = true;
        model.MoveTo(_meta);
        foreach (ModelParameter parameter in model.Encoder.Parameters.Concat(model.Head.Parameters))
        {
            Assert.Equal(DeviceType.META, parameter.Value.device.type);
            Assert.True(parameter.Value.is_leaf, parameter.Name);
            Assert.Equal(parameter.Trainable, model.Head.Parameters.Contains(parameter) || parameter == model.Encoder.WordEmbeddings);
        }
    }

    [Theory]
    [MemberData(nameof(AdapterMethodTable.Names), MemberType = typeof(AdapterMethodTable))]
    public void Adapters_are_made_where_the_model_is(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        model.MoveTo(_meta);
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, AdapterMethodTable.Get(name), seed: 2);
        Assert.All(adapters.Adapters.SelectMany(a => a.AllTensors).Concat(adapters.SharedBuffers).Concat(adapters.Parameters),
            p => Assert.Equal(DeviceType.META, p.Value.device.type));
    }
}
