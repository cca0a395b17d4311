using System.Reflection;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>One flipped bit anywhere in a saved model is an error, or changes nothing (a time stamp): it never changes a score.</summary>
public class FlippedBitTests(ITestOutputHelper output)
{
    private const int Flips = 300;
    private static readonly string[] _texts = ["abc", "a longer text, klmno", ""];

    [Fact]
    public void InAModelFileOfThisLibrary()
    {
        using TextModel model = TinyTextModel.Create(method: new DeLoRAMethod { Rank = 2 });
        using var stream = new MemoryStream();
        model.Save(stream);
        Flip(stream.ToArray(), model, seed: 1, content =>
        {
            using var file = new MemoryStream(content);
            return TextModel.Load(file, TestDevice.Current);
        });
    }

    [Fact]
    public void InAModelFileOfMLNet()
    {
        MLContext context = TestDevice.Context(1);
        IDataView data = Toy.Data(context, Toy.Rows(30));
        using DeLoRATextTransformer model = Toy.Fit(context, data, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        using var stream = new MemoryStream();
        context.Model.Save(model, data.Schema, stream);
        Flip(stream.ToArray(), model.Model, seed: 2, content =>
        {
            using var file = new MemoryStream(content);
            return ((DeLoRATextTransformer)TestDevice.Context().Model.Load(file, out _)).Model;
        });
    }

    private void Flip(byte[] file, TextModel model, int seed, Func<byte[], TextModel> load)
    {
        float[] expected = model.Predict(_texts).Values.ToArray();
        var random = new Random(seed);
        var outcomes = new SortedDictionary<string, int>();
        for (int i = 0; i < Flips; i++)
        {
            byte[] flipped = [.. file];
            (int at, int bit) = (random.Next(file.Length), random.Next(8));
            flipped[at] ^= (byte)(1 << bit);
            string outcome = Outcome(flipped, expected, load);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            Assert.False(outcome.StartsWith('!'), $"byte {at}, bit {bit}: {outcome}");
        }
        output.WriteLine(string.Join(Environment.NewLine, outcomes.Select(o => $"{o.Value,4} {o.Key}")));
        Assert.InRange(outcomes.Where(o => o.Key != "equal").Sum(o => o.Value), Flips * 9 / 10, Flips);
    }

    private static string Outcome(byte[] flipped, float[] expected, Func<byte[], TextModel> load)
    {
        try
        {
            using TextModel model = load(flipped);
            return expected.AsSpan().SequenceEqual(model.Predict(_texts).Values.Span) ? "equal" : "! other scores";
        }
        catch (Exception e)
        {
            Exception inner = e is TargetInvocationException { InnerException: { } thrown } ? thrown : e;
            // ML.NET's own errors are InvalidOperationException and FormatException.
            bool isClear = inner is InvalidDataException or InvalidOperationException or FormatException;
            return $"{(isClear ? "" : "! ")}{inner.GetType().Name}: {inner.Message.Split('\n')[0]}";
        }
    }
}
