using System.IO.Compression;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>
/// Models of more than 2 GB, one tensor of which has more than 2 GB, too. They need 8 GB of memory, 12 GB of disk and minutes: set
/// DELORA_TEST_LARGE=1. What does not need that is tested in <c>SafeTensorsFileTests</c> and below.
/// </summary>
public class LargeModelTests(ITestOutputHelper output)
{
    private static readonly string[] _texts = ["abc", "klmno vwxyz"];

    // 640 numbers for each of so many tokens: 2.6 GB of float32.
    private static readonly EncoderConfiguration _large = TinyBase.Configuration with { HiddenSize = 640, VocabularySize = 1_000_000 };

    [Fact]
    public void SavesLoadsAndGivesBitEqualScores()
    {
        if (Environment.GetEnvironmentVariable("DELORA_TEST_LARGE") is not "1")
            Assert.Skip("takes 4 GB of memory, 10 GB of disk and 3 minutes; set DELORA_TEST_LARGE=1 to run it");
        using var folder = new TemporaryDirectory();
        WriteBase(folder.Path);
        MLContext context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(15));
        float[] expected;
        using (DeLoRATextTransformer model = Toy.Fit(
            context, data, Toy.Options with { BaseModel = folder.Path, Training = new() { Seed = 1, Epochs = 1 } }))
        {
            expected = model.Model.Predict(_texts).Values.ToArray();
            context.Model.SaveWhole(model, data.Schema, folder["ml-net.zip"]);
            model.Model.Save(folder["text-model.zip"]);
        }
        output.WriteLine($"{new FileInfo(folder["ml-net.zip"]).Length:N0} and {new FileInfo(folder["text-model.zip"]).Length:N0} bytes");
        using (var loaded = (DeLoRATextTransformer)TestDevice.Context().Model.Load(folder["ml-net.zip"], out _))
            Assert.Equal(expected, loaded.Model.Predict(_texts).Values.ToArray());
        using (TextModel loaded = TextModel.Load(folder["text-model.zip"], TestDevice.Current))
            Assert.Equal(expected, loaded.Predict(_texts).Values.ToArray());
    }

    /// <summary>A part that is too large for memory goes through a temporary file, which does not stay.</summary>
    [Fact]
    public void ALargeCompressedPartIsReadByWayOfATemporaryFile()
    {
        var writer = new SafeTensorsWriter();
        const int count = 20_000_000;
        writer.Add("zeros", new float[count], count);
        writer.Add("last", [1.5f], 1);
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("model.safetensors", CompressionLevel.Fastest).Open();
            writer.Write(entry);
        }
        using var reading = new ZipArchive(zip);
        bool Open(string name, Action<Stream> read)
        {
            using Stream? entry = reading.GetEntry(name)?.Open();
            if (entry is not null)
                read(entry);
            return entry is not null;
        }
        string[] before = Temporary();
        using (SafeTensorsFile file = new BoundedStreams(Open).RequireTensors("model.safetensors", 100_000_000))
        {
            Assert.Equal([1.5f], file.ReadFloat32("last"));
            Assert.Equal(count, file.ReadFloat32("zeros").Length);
        }
        Assert.Contains("more than 70,000,000 bytes",
            Assert.Throws<InvalidDataException>(() => new BoundedStreams(Open).RequireTensors("model.safetensors", 70_000_000)).Message);
        Assert.Contains("lacks 'other'",
            Assert.Throws<InvalidDataException>(() => new BoundedStreams(Open).RequireTensors("other", 1)).Message);
        Assert.Empty(Temporary().Except(before));
    }

    private static string[] Temporary() => Directory.GetFiles(Path.GetTempPath(), "delora-*.tmp");

    private static void WriteBase(string directory)
    {
        TinyBase.WriteTo(directory);
        using var weights = new RandomWeights(_large, 1);
        using var encoder = new PackedEncoder(_large, weights);
        var writer = new SafeTensorsWriter();
        foreach (ModelParameter parameter in encoder.Parameters)
            writer.Add("roberta." + parameter.Name, parameter.Value, TensorDataType.Float32);
        writer.Save(Path.Combine(directory, "model.safetensors"));
        File.WriteAllText(Path.Combine(directory, "config.json"), _large.ToJson());
    }
}
