// A training loop of one's own: own batches, own loss, own steps. What comes out is a model of ML.NET, and an adapter for Python's PEFT.
//   OwnLoop DATA OUTPUT [STEPS]      DATA: Text<TAB>Label, with a line of names; OUTPUT: a directory
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tokenization;
using static TorchSharp.torch;

Row[] rows = [.. File.ReadLines(args[0]).Skip(1).Select(line => line.Split('\t')).Select(cells => new Row(cells[0], cells[1]))];
string[] labels = [.. rows.Select(row => row.Label).Distinct().Order(StringComparer.Ordinal)];
long[] classes = [.. rows.Select(row => (long)Array.IndexOf(labels, row.Label))];
int steps = args.Length > 2 ? int.Parse(args[2]) : 100;

// The base model with a head for our classes, and LoRA on the modules that we name.
var method = new LoRAMethod { Rank = 4, TargetModules = ["query", "value", "attention.output.dense"] };
using TrainableModel model = TrainableModel.Create(baseModel: null, method, labels.Length, seed: 1);
TokenizedDataset texts = TokenizedDataset.Create(model.Tokenizer, [.. rows.Select(row => row.Text)], pairs: null, maxLength: 64);
int[] test = [.. Enumerable.Range(0, rows.Length).Where(row => row % 5 == 0)];   // held back
int[] train = [.. Enumerable.Range(0, rows.Length).Except(test)];
Console.WriteLine($"before: {Accuracy():P1} of {test.Length} rows");

// Lion (Chen et al. 2023, algorithm 2): every number moves by the learning rate, in the direction of a momentum's sign.
using var whole = NewDisposeScope();
Dictionary<ModelParameter, Tensor> momenta = model.Parameters.ToDictionary(p => p, p => zeros_like(p.Value));
using var dropout = new SeededDropout(seed: 1);
var random = new Random(1);
for (int step = 0; step < steps; step++)
{
    using var scope = NewDisposeScope();
    int[] batch = random.GetItems(train, 16);
    Tensor loss = GeneralizedCrossEntropy(model.Forward(texts, batch, dropout), [.. batch.Select(row => classes[row])]);
    loss.backward();
    using IDisposable noGrad = no_grad();
    foreach ((ModelParameter parameter, Tensor momentum) in momenta)
    {
        double rate = (1 - (double)step / steps) * (model.Head.Parameters.Contains(parameter) ? 3e-4 : 1e-3);
        Tensor gradient = parameter.Value.grad!;
        parameter.Value.AddInPlace(momentum.Times(0.9).Plus(gradient, 0.1).sign(), -rate);
        momentum.MultiplyInPlace(0.99).AddInPlace(gradient, 0.01);
        gradient.SetToZero();
    }
    if (step % 20 == 0)
        Console.WriteLine($"step {step}: loss {loss.Number():F3}");
}
Console.WriteLine($"after: {Accuracy():P1}");

// Save as any model of ML.NET, load it as any other, and keep the adapter for Python.
using TextModel trained = TextModel.Create(model, new TextModelDescription
{
    Kind = TextModelKind.Classification, OutputCount = labels.Length, Labels = labels, TakesPairs = false, MaxLength = 64,
});
trained.SavePeft(Path.Combine(args[1], "peft"));
var mlContext = new MLContext();
string file = Path.Combine(args[1], "model.zip");
IDataView view = mlContext.Data.LoadFromEnumerable(test.Select(row => rows[row]));
mlContext.Model.Save(mlContext.Model.FromTextModel(trained), view.Schema, file);
IDataView scored = mlContext.Model.Load(file, out _).Transform(view);
Console.WriteLine($"loaded: {Share([.. scored.GetColumn<uint>("PredictedLabel").Select(key => key - 1L)]):P1}");

double Accuracy()
{
    using var scope = NewDisposeScope();
    using IDisposable noGrad = no_grad();
    return Share(model.Forward(texts, test).argmax(1).data<long>().ToArray());
}

double Share(long[] found) => found.Zip(test).Count(pair => pair.First == classes[pair.Second]) / (double)test.Length;

// (1 - p^q) / q with q = 0.7: less is learnt from rows whose label may be wrong (Zhang and Sabuncu 2018, equation 6).
static Tensor GeneralizedCrossEntropy(Tensor logits, long[] classes)
{
    Tensor right = logits.softmax(1).gather(1, tensor(classes).unsqueeze(1));
    return right.Power(0.7).SubtractedFrom(1).DividedBy(0.7).mean();
}

internal sealed record Row(string Text, string Label);
