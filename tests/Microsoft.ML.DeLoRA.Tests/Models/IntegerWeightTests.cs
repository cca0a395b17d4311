using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>Files of other programs have no checksums of ours; integers where weights belong are refused by the tensor's name.</summary>
public class IntegerWeightTests
{
    private const string Layer = "encoder.layer.1.attention.self.value";

    [Fact]
    public void InABaseModel()
    {
        using var folder = new TemporaryDirectory();
        TinyBase.WriteTo(folder.Path);
        Retype(folder["model.safetensors"], $"roberta.{Layer}.weight", TensorDataType.Int16);
        using BaseModel model = BaseModel.Open(folder.Path);
        string message = Assert.Throws<InvalidDataException>(() => model.CreateEncoder()).Message;
        Assert.Contains($"'{Layer}.weight'", message);
        Assert.Contains("holds I16; floating-point numbers are expected", message);
    }

    [Theory]
    [InlineData($"roberta.{Layer}.lora_A.weight")]
    [InlineData("classifier.out_proj.bias")]
    public void InAPeftDirectory(string tensor)
    {
        using var folder = new TemporaryDirectory();
        using (TextModel model = TinyTextModel.Create(method: new LoRAMethod { Rank = 2 }))
            model.SavePeft(folder.Path);
        TextModel.LoadPeft(folder.Path, TinyBase.Directory).Dispose();
        Retype(folder["adapter_model.safetensors"], "base_model.model." + tensor, TensorDataType.Int32);
        string message = Assert.Throws<InvalidDataException>(() => TextModel.LoadPeft(folder.Path, TinyBase.Directory)).Message;
        Assert.Contains($"{tensor}'", message);
        Assert.Contains("holds I32; floating-point numbers are expected", message);
    }

    private static void Retype(string path, string tensor, TensorDataType type)
    {
        var writer = new SafeTensorsWriter();
        using (SafeTensorsFile file = SafeTensorsFile.Open(path))
        {
            Assert.True(file.Contains(tensor), string.Join(", ", file.Names));
            foreach (string name in file.Names)
                writer.AddBytes(name, name == tensor ? type : file.DataType(name), file.ReadBytes(name), file.Shape(name).ToArray());
        }
        writer.Save(path);
    }
}
