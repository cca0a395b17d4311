using DeLoRA.TestSupport;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Tests.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.Serving;

/// <summary>A model predicts in the number format that is asked for, whatever it was trained in.</summary>
public class PrecisionTests
{
    private static readonly DeLoRAMethod _method = new() { Rank = 3 };

    private static readonly string[] _texts = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + i % 26), i % 17))];

    private static TextModel Trained(ComputePrecision precision)
        => TinyTextModel.Create(TinyTextModel.Description with { Precision = precision }, _method);

    private static float[] Scores(TextModel model) => model.Predict(_texts).Values.ToArray();

    private static double Distance(IEnumerable<float> a, IEnumerable<float> b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    [Fact]
    public void It_is_that_of_training_until_it_is_set()
    {
        using TextModel high = Trained(ComputePrecision.Float32), low = Trained(ComputePrecision.BFloat16);
        Assert.Equal((ComputePrecision.Float32, ComputePrecision.BFloat16), (high.Precision, low.Precision));
        float[] float32 = Scores(high), bfloat16 = Scores(low);
        Assert.InRange(Distance(float32, bfloat16), 1e-6, 2e-2);

        (high.Precision, low.Precision) = (ComputePrecision.BFloat16, ComputePrecision.Float32);
        Assert.Equal(bfloat16, Scores(high));
        Assert.Equal(float32, Scores(low));
        high.Precision = ComputePrecision.Float32;
        Assert.Equal(float32, Scores(high));
    }

    [Fact]
    public void It_is_not_saved()
    {
        using var folder = new TemporaryDirectory();
        using TextModel model = Trained(ComputePrecision.Float32);
        float[] float32 = Scores(model);
        model.Precision = ComputePrecision.BFloat16;
        model.Save(folder["m.zip"]);
        using TextModel loaded = TextModel.Load(folder["m.zip"], TestDevice.Current);
        Assert.Equal((ComputePrecision.Float32, ComputePrecision.Float32), (loaded.Precision, loaded.Description.Precision));
        Assert.Equal(float32, Scores(loaded));
    }

    [Fact]
    public void What_is_no_format_and_a_disposed_model_are_refused()
    {
        using TextModel model = Trained(ComputePrecision.Float32);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Precision = (ComputePrecision)7);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Precision = ComputePrecision.BFloat16);
    }

    [Fact]
    public void It_may_be_set_while_others_predict()
    {
        using TextModel low = Trained(ComputePrecision.BFloat16);
        float[] bfloat16 = Scores(low);
        for (int round = 0; round < 5; round++)
        {
            // Its weights are cast by whichever thread is first.
            using TextModel model = Trained(ComputePrecision.Float32);
            float[] float32 = Scores(model);
            Parallel.For(0, 48, new() { MaxDegreeOfParallelism = 6 }, i =>
            {
                if (i % 6 == 0)
                    model.Precision = i % 12 == 0 ? ComputePrecision.BFloat16 : ComputePrecision.Float32;
                float[] scores = Scores(model);
                Assert.True(scores.SequenceEqual(float32) || scores.SequenceEqual(bfloat16), "The formats are mixed within a pass.");
            });
        }
    }

    [Fact]
    public void A_transformer_that_ML_NET_loads_takes_it()
    {
        using var folder = new TemporaryDirectory();
        MLContext context = TestDevice.Context();
        IDataView data = Toy.Data(context, Toy.Rows(12));
        using (DeLoRATextTransformer trained = Toy.Fit(context, data, Toy.Options))
            context.Model.Save(trained, data.Schema, folder["m.zip"]);
        using var loaded = (DeLoRATextTransformer)context.Model.Load(folder["m.zip"], out _);
        IDataView scored = loaded.Transform(data);
        float[] float32 = Column(), bfloat16;
        loaded.Model.Precision = ComputePrecision.BFloat16;
        Assert.InRange(Distance(float32, bfloat16 = Column()), 1e-7, 2e-2);
        // Views that are there already, too.
        Assert.Equal(bfloat16, Column());
        loaded.Model.Precision = ComputePrecision.Float32;
        Assert.Equal(float32, Column());

        float[] Column() => [.. scored.GetColumn<VBuffer<float>>("Score").SelectMany(s => s.DenseValues())];
    }
}
