using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>
/// Files that earlier versions of this library saved, with the scores that they gave then, still load: Models/Version1 are those without
/// checksums, Models/Version2 those of every task before the rooms of the library were laid out anew.
/// </summary>
public class ModelFileVersionTests
{
    // Bit-equal on the machine that saved them; other processors round otherwise.
    private const double Tolerance = 1e-5;

    private static readonly string[] _texts = ["a text", "another one", ""];
    private static readonly string[] _secondTexts = ["b", "c d", "e"];

    private static string Saved(string folder, string file)
        => Path.Combine(Repository.Root, "tests", "Microsoft.ML.DeLoRA.Tests", "Models", folder, file);

    [Fact]
    public void VersionOneLoadsAndIsSavedAsTheNewest()
    {
        using TextModel old = TextModel.Load(Saved("Version1", "text-model.zip"), TestDevice.Current);
        Check("Version1", "text-model", old);
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
        using var model = (DeLoRATextTransformer)TestDevice.Context().Model.Load(Saved("Version1", "ml-net.zip"), out _);
        Check("Version1", "ml-net", model.Model);
    }

    [Theory]
    [InlineData("text-model")]
    [InlineData("text-pairs-lora")]
    [InlineData("text-labels-bottleneck")]
    public void VersionTwoLoads(string name)
    {
        using TextModel model = TextModel.Load(Saved("Version2", name + ".zip"), TestDevice.Current);
        Check("Version2", name, model);
    }

    [Theory]
    [InlineData("ml-net-classes")]
    [InlineData("ml-net-number")]
    [InlineData("ml-net-flags")]
    public void VersionTwoLoadsInMLNet(string name)
    {
        MLContext context = TestDevice.Context();
        ITransformer model = context.Model.Load(Saved("Version2", name + ".zip"), out _);
        IDataView data = context.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new Row
        {
            Text = $"text {i}", Second = $"s{i % 3}", Label = "abc"[i % 3].ToString(), Number = i,
            Flags = [i % 2 == 1, i % 3 == 0, i % 2 == 0],
        }));
        IDataView scored = model.Transform(data);
        DataViewSchema.Column score = scored.Schema["Score"];
        float[] scores = score.Type is VectorDataViewType
            ? [.. scored.GetColumn<float[]>(score).SelectMany(s => s)]
            : [.. scored.GetColumn<float>(score)];
        Check("Version2", name, scores);
        (model as IDisposable)?.Dispose();
    }

    private static void Check(string folder, string name, TextModel model)
        => Check(folder, name, model.Predict(_texts, model.Description.TakesPairs ? _secondTexts : null).Values.ToArray());

    private static void Check(string folder, string name, float[] scores)
    {
        float[] expected = JsonSerializer.Deserialize<float[]>(File.ReadAllText(Saved(folder, name + ".json")))!;
        Assert.Equal(expected.Length, scores.Length);
        Assert.All(expected.Zip(scores), s => Assert.Equal(s.First, s.Second, Tolerance));
    }

    private sealed class Row
    {
        public string Text { get; init; } = "";

        public string Second { get; init; } = "";

        public string Label { get; init; } = "";

        public float Number { get; init; }

        [VectorType(3)]
        public bool[] Flags { get; init; } = [];
    }
}
