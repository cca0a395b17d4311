using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>Methods of one's own.</summary>
public class AdapterMethodsTests
{
    private readonly MLContext _context = TestDevice.Context(1);

    [Fact]
    public void A_registered_method_trains_saves_and_loads()
    {
        AdapterMethods.Register(new OutputScaleMethod());
        AdapterMethods.Register(new OutputScaleMethod());
        Assert.Single(AdapterMethods.All, m => m is OutputScaleMethod);
        IDataView data = Toy.Data(_context, Toy.Rows(30));
        var method = new OutputScaleMethod { Start = 1.25, TargetModules = ["key"] };
        using DeLoRATextTransformer model =
            Toy.Fit(_context, data, Toy.Options with { Adapter = method, Training = new() { Seed = 1, Epochs = 1 } });
        using var folder = new TemporaryDirectory();
        _context.Model.Save(model, data.Schema, folder["model.zip"]);
        ITransformer loaded = _context.Model.Load(folder["model.zip"], out _);
        Assert.Equal(Toy.Scores(model.Transform(data)), Toy.Scores(loaded.Transform(data)));
        Assert.Equal("output scale (start 1.25, target_modules [\"key\"])", method.ToString());
    }

    [Fact]
    public void A_method_that_is_not_registered_is_refused_before_anything_is_read()
    {
        IDataView data = _context.Data.LoadFromEnumerable(Unreadable());
        string message = Assert.Throws<ArgumentException>(() => _context.Transforms.DeLoRATextClassification(Toy.Options with
        {
            Adapter =
            new Unregistered()
        }).Fit(data)).Message;
        Assert.Contains("AdapterMethods.Register", message);
        Assert.Contains("'mine'", message);
        Assert.Equal("mine", new Unregistered().ToString());
    }

    [Fact]
    public void Names_that_are_taken_and_options_that_JSON_cannot_hold_are_refused()
    {
        Assert.Contains("LoRA",
            Assert.Throws<ArgumentException>(() => AdapterMethods.Register(new Unregistered { Called = "lora" })).Message);
        Assert.Throws<ArgumentException>(() => AdapterMethods.Register(new Unregistered { Called = " " }));
        Assert.Contains("JSON", Assert.Throws<ArgumentException>(() => AdapterMethods.Register(new Unregistered())).Message);
        Assert.DoesNotContain(AdapterMethods.All, m => m is Unregistered);
    }

    [Fact]
    public void A_method_is_printed_with_the_options_that_were_changed()
    {
        Assert.Equal("DeLoRA", new DeLoRAMethod().ToString());
        Assert.Equal("LoRA (alpha \"Infinity\")", new LoRAMethod { Alpha = double.PositiveInfinity }.ToString());
        Assert.Equal("LoRA (rank 4, target_modules [\"query\"])", new LoRAMethod { Rank = 4, TargetModules = ["query"] }.ToString());
    }

    private static IEnumerable<ToyRow> Unreadable()
    {
        yield return new ToyRow();
        throw new InvalidOperationException("The rows were read.");
    }

    /// <summary>The smallest method: one factor for the whole output of a layer.</summary>
    public sealed record OutputScaleMethod : LinearAdapterMethod
    {
        public override string Name => "output scale";

        public override bool StartsAsBase => Start == 1;

        public double Start { get; init; } = 1;

        protected internal override void Check(AdaptableLinear layer)
        {
        }

        protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator) => new Scale(layer, Start);

        private sealed class Scale : LinearAdapter
        {
            private readonly ModelParameter _factor;

            public Scale(AdaptableLinear layer, double start)
                : base(layer)
                => _factor = Parameter("factor", full([1], start));

            public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context) => baseOutput * _factor.Value;

            protected override Tensor Merge(Tensor weight) => weight * _factor.Value;

            protected override Tensor MergeBias(Tensor bias) => bias * _factor.Value;
        }
    }

    private sealed record Unregistered : LinearAdapterMethod
    {
        public override string Name => Called;

        [System.Text.Json.Serialization.JsonIgnore]
        public string Called { get; init; } = "mine";

        public Func<double> Factor { get; init; } = () => 1;

        protected internal override void Check(AdaptableLinear layer)
        {
        }

        protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
            => throw new InvalidOperationException("It was created.");
    }
}
