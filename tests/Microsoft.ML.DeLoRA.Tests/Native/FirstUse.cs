using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>What a program may call first of all that needs libtorch. Runs in a process of its own.</summary>
internal static class FirstUse
{
    private static readonly string _nano = Path.Combine(Repository.Root, "assets", "roberta-nano");

    private static readonly Dictionary<string, Action<string>> _entries = new()
    {
        ["Transforms.DeLoRATextClassification"] = _ => new MLContext().Transforms.DeLoRATextClassification(),
        ["Trainers.DeLoRATextClassification"] = _ => new MLContext().MulticlassClassification.Trainers.DeLoRATextClassification(),
        ["Transforms.DeLoRATextRegression"] = _ => new MLContext().Transforms.DeLoRATextRegression(),
        ["Transforms.DeLoRATextMultiLabelClassification"] = _ => new MLContext().Transforms.DeLoRATextMultiLabelClassification(),
        ["Model.Load"] = file => new MLContext().Model.Load(file, out _),
        ["Model.LoadPeftTextClassification"] = directory => new MLContext().Model.LoadPeftTextClassification(directory, ["a", "b"]),
        ["TextModel.Load"] = _ => TextModel.Load(Stream.Null),
        ["TextModel.LoadPeft"] = directory => TextModel.LoadPeft(directory),
        ["Devices.Parse(cpu)"] = _ => Devices.Parse("cpu"),
        ["Devices.Parse(cuda)"] = _ => Devices.Parse("cuda"),
        ["BaseModel.CreateEncoder"] = _ =>
        {
            using BaseModel model = BaseModel.Open(null);
            model.CreateEncoder();
        },
        ["TrainableModel.Create"] = _ => TrainableModel.Create(null, new DeLoRAMethod(), outputs: 2),
        ["RandomWeights"] = _ => new RandomWeights(EncoderConfiguration.FromJson(File.ReadAllText(Path.Combine(_nano, "config.json"))), 1),
        ["PackedBatch.Create"] = _ => PackedBatch.Create([new[] { 0, 5, 2 }]),
        ["ReadTensor"] = _ =>
        {
            using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(_nano, "model.safetensors"));
            file.ReadTensor(file.Names.First());
        },
    };

    public static IReadOnlyList<string> Entries => [.. _entries.Keys];

    /// <summary>Calls an entry and writes what it threw, from the outermost exception in.</summary>
    public static int Run(string entry, string file)
    {
        try
        {
            _entries[entry](file);
            Console.WriteLine("no exception");
        }
        catch (Exception e)
        {
            // ML.NET calls a model's loader by reflection.
            Exception shown = e is System.Reflection.TargetInvocationException { InnerException: { } inner } ? inner : e;
            Console.WriteLine($"{shown.GetType().FullName}: {shown.Message}");
        }
        return 0;
    }
}
