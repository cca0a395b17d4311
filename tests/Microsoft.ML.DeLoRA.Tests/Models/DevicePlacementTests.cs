using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>
/// On libtorch's meta device, which every machine has and whose tensors have shapes but no numbers: it shows what stayed behind on the CPU.
/// </summary>
public class DevicePlacementTests
{
    private static readonly Device _meta = new(DeviceType.META);

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
