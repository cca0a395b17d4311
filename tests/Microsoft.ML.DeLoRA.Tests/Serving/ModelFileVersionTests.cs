using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Serving;

/// <summary>Files that earlier versions of this library saved (Serving/Version1, with the scores that they gave then) still load.</summary>
public class ModelFileVersionTests
{
    // Other processors round otherwise.
    private const double Tolerance = 1e-5;

    private static readonly string[] _texts = ["a text", "another one", ""];

    private static string Saved(string file)
        => Path.Combine(Repository.Root, "tests", "Microsoft.ML.DeLoRA.Tests", "Serving", "Version1", file);

    [Fact]
    public void VersionOneLoadsAndIsSavedAsTheNewest()
    {
        using TextModel old = TextModel.Load(Saved("text-model.zip"), TestDevice.Current);
        Check("text-model.json", old);
        Assert.Equal(1, old.Description.FormatVersion);
        using var stream = new MemoryStream();
        old.Save(stream);
        using TextModel renewed = TextModel.Load(stream, TestDevice.Current);
        Assert.Equal(2, renewed.Description.FormatVersion);
        Assert.Equal(old.Predict(_texts).Values.ToArray(), renewed.Predict(_texts).Values.ToArray());
    }

    [Fact]
    public void VersionOneLoadsInMLNet()
    {
        using var model = (DeLoRATextClassificationTransformer)TestDevice.Context().Model.Load(Saved("ml-net.zip"), out _);
        Check("ml-net.json", model.Model);
    }

    private static void Check(string expected, TextModel model)
    {
        float[] scores = JsonSerializer.Deserialize<float[]>(File.ReadAllText(Saved(expected)))!;
        Assert.All(scores.Zip(model.Predict(_texts).Values.ToArray()), s => Assert.Equal(s.First, s.Second, Tolerance));
    }
}
