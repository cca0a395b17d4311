using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.NasBert;
using TorchSharp.Modules;
using static TorchSharp.torch;

// A program that has both: Microsoft.ML.TorchSharp's catalog and TorchSharp's modules beside this library, all of their namespaces
// imported.   BesideTorchSharp docs/migrating.md
var mlContext = new MLContext(seed: 1);
IDataView data = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(Load()).Transform(Load());

TextClassificationTrainer theirs = mlContext.MulticlassClassification.Trainers.TextClassification(sentence1ColumnName: "Text");
SchemaShape theirShape = theirs.GetOutputSchema(SchemaShapeOf(data));
Console.WriteLine($"theirs: {Shown(theirShape, "PredictedLabel")}, {Shown(theirShape, "Score")}");

DeLoRATextEstimator ours = mlContext.MulticlassClassification.Trainers.DeLoRATextClassification(new DeLoRATextClassificationOptions
{
    Training = new TrainingOptions { Epochs = 1, BatchSize = 4, LearningRate = 1e-3 },
});
SchemaShape ourShape = ours.GetOutputSchema(SchemaShapeOf(data));
Console.WriteLine($"ours: {Shown(ourShape, "PredictedLabel")}, {Shown(ourShape, "Score")}");

using DeLoRATextTransformer model = ours.Fit(data);
float[][] scores = [.. model.Transform(data).GetColumn<float[]>("Score")];
Console.WriteLine($"rows: {scores.Length}, sums of their scores from {scores.Min(s => s.Sum()):F4} to {scores.Max(s => s.Sum()):F4}");

// The modules of TorchSharp, named as a program names them that trains with them.
using Linear linear = nn.Linear(2, 2);
using Dropout dropout = nn.Dropout(0.5);
using AdamW adam = optim.AdamW(linear.parameters());
using Tensor output = dropout.call(linear.call(ones(1, 2)));
Console.WriteLine($"modules: {string.Join(", ", output.shape)}");

Type[] their = [.. new[] { typeof(Linear).Assembly, theirs.GetType().Assembly }.SelectMany(a => a.GetExportedTypes()).Where(IsImported)];
Type[] own = [.. new[] { "Microsoft.ML.DeLoRA", "Microsoft.ML.DeLoRA.Text", "Microsoft.ML.DeLoRA.Persistence" }
    .SelectMany(name => Assembly.Load(name).GetExportedTypes()).Where(IsImported)];
string[] twice = [.. own.Select(t => t.Name).Intersect(their.Select(t => t.Name)).Order()];
Console.WriteLine($"names: {own.Length} of ours, {their.Length} of theirs, of both: "
    + $"{(twice.Length == 0 ? "none" : string.Join(", ", twice))}");

Console.WriteLine($"guide: {string.Join("; ", MigrationGuide.Faults(args[0]).DefaultIfEmpty("true"))}");

IDataView Load() => mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new Row
{
    Text = i % 2 == 0 ? $"my parcel number {i} is late" : $"thank you for order {i}",
    Label = i % 2 == 0 ? "delivery" : "feedback",
}).ToArray());

// As an estimator chain makes it of the data's own schema.
static SchemaShape SchemaShapeOf(IDataView data) => (SchemaShape)typeof(SchemaShape)
    .GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(null, [data.Schema])!;

static string Shown(SchemaShape shape, string name)
{
    SchemaShape.Column column = shape.Last(c => c.Name == name);
    return $"{name} {column.Kind} {(column.IsKey ? "Key " : "")}{column.ItemType} "
        + $"({string.Join(", ", column.Annotations.Select(a => a.Name).Order())})";
}

// A type that using directives bring: no nested one, but for those of TorchSharp.torch.
static bool IsImported(Type type) => !type.IsNested || type.DeclaringType == typeof(TorchSharp.torch);

internal sealed class Row
{
    public string Text { get; set; } = "";

    public string Label { get; set; } = "";
}
