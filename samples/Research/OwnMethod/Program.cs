// An adapter method of one's own: an options record and what it computes; registered, checked, trained in a pipeline, saved, loaded, used.
//   OwnMethod DATA OUTPUT [EPOCHS]      DATA: Text<TAB>Label, with a line of names; OUTPUT: a directory
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tokenization;
using static TorchSharp.torch;

AdapterMethods.Register(new SingularValueMethod());
var method = new SingularValueMethod { Rank = 8, TargetModules = ["query", "value"] };

// What every adapter must keep: before training the model is the base, and merged weights compute what the adapter does.
using (TrainableModel model = TrainableModel.Create(baseModel: null, method, outputs: 2, seed: 1))
{
    using var scope = NewDisposeScope();
    model.Adapters!.Enabled = false;
    float[] pretrained = Outputs(model);
    model.Adapters.Enabled = true;
    Console.WriteLine($"starts as the base: {Distance(Outputs(model), pretrained) < 1e-4}");
    foreach (ModelParameter parameter in model.Adapters.Parameters)
        parameter.CopyFrom(rand(parameter.Value.shape));
    float[] changed = Outputs(model);
    model.Adapters.Merge();
    Console.WriteLine($"changes something: {Distance(changed, pretrained) > 1e-4}, and merges: {Distance(Outputs(model), changed) < 1e-4}");
    model.Adapters.Unmerge();
    Console.WriteLine($"unmerges bit by bit: {Distance(Outputs(model), changed) == 0}");
}

var mlContext = new MLContext(seed: 1);
TextLoader.Column[] columns = [new("Text", DataKind.String, 0), new("Label", DataKind.String, 1)];
var split = mlContext.Data.TrainTestSplit(mlContext.Data.LoadFromTextFile(args[0], columns, hasHeader: true), testFraction: 0.2);
var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Key", "Label")
    .Append(mlContext.Transforms.DeLoRATextClassification(new DeLoRATextClassificationOptions
    {
        LabelColumnName = "Key", Adapter = method, MaxLength = 64,
        Training = new TrainingOptions { Epochs = args.Length > 2 ? int.Parse(args[2]) : 5, LearningRate = 3e-2, HeadLearningRate = 2e-3 },
    }))
    .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
string file = Path.Combine(args[1], "model.zip");
mlContext.Model.SaveWhole(pipeline.Fit(split.TrainSet), split.TrainSet.Schema, file);
IDataView scored = mlContext.Model.LoadWhole(file, out _).Transform(split.TestSet);
Console.WriteLine($"loaded: accuracy {mlContext.MulticlassClassification.Evaluate(scored, labelColumnName: "Key").MicroAccuracy:F3}");

static float[] Outputs(TrainableModel model)
{
    using IDisposable noGrad = no_grad();
    using var scope = NewDisposeScope();
    var texts = TokenizedDataset.Create(model.Tokenizer, ["What a method is, and what it does", "Short"], pairs: null, maxLength: 32);
    return model.Forward(texts, [0, 1]).data<float>().ToArray();
}

static float Distance(float[] a, float[] b) => a.Zip(b).Max(pair => Math.Abs(pair.First - pair.Second));

/// <summary>
/// W + U diag(d) V^T: U and V are the singular vectors of W of its r largest singular values, d [r] starts at zero and is trained.
/// </summary>
public sealed record SingularValueMethod : LowRankMethod
{
    public override string Name => "singular values";
    protected override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer) => [("d", [RankFor(layer)])];
    protected override LinearAdapter Create(AdaptableLinear layer, Generator generator) => new Adapter(layer, this, RankFor(layer));

    private sealed class Adapter : LowRankAdapter
    {
        private readonly ModelParameter _d, _u, _v;

        public Adapter(AdaptableLinear layer, SingularValueMethod method, int rank) : base(layer, method.Dropout)
        {
            (Tensor u, _, Tensor vh) = linalg.svd(layer.Weight.Value, fullMatrices: false);
            // What follows from W is not saved.
            (_d, _u, _v) = (Parameter("d", zeros(rank)), Derived("u", u.narrow(1, 0, rank)), Derived("v", vh.narrow(0, 0, rank)));
        }

        public override (Tensor Down, Tensor Up) Change() => (_v.Value, _u.Value * _d.Value);
    }
}
