using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>What the model says about one row.</summary>
internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];

    /// <summary>Loads a model file and prints its predictions with their probabilities.</summary>
    public static void Print(string modelFile, Row[] rows)
    {
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(modelFile, out _);
        // The engine owns the model, which is used nowhere else: disposing it disposes both. OwnsTransformer = false keeps the model.
        using PredictionEngine<Row, Prediction> engine = mlContext.Model.CreatePredictionEngine<Row, Prediction>(model);
        string[] classes = ClassNames(engine.OutputSchema);
        foreach (Row row in rows)
        {
            Prediction prediction = engine.Predict(row);
            var others = classes.Zip(prediction.Score).Where(c => c.First != prediction.PredictedLabel).OrderByDescending(c => c.Second)
                .Take(2);
            Console.WriteLine($"  \"{row.Text}{(row.Text2.Length > 0 ? $"\" + \"{row.Text2}" : "")}\"");
            Console.WriteLine($"    -> {prediction.PredictedLabel} {prediction.Score.Max():P1}  "
                + $"({string.Join(", ", others.Select(c => $"{c.First} {c.Second:P1}"))})");
        }
    }

    /// <summary>The same in a new process.</summary>
    public static void PrintInNewProcess(string modelFile, Row[] rows)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(Prediction).Assembly.Location] : [];
        using Process process = Process.Start(program, [.. self, "predict", modelFile, JsonSerializer.Serialize(rows)]);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The new process ended with exit code {process.ExitCode}.");
    }

    /// <summary>The classes in the order of the scores.</summary>
    public static string[] ClassNames(DataViewSchema schema)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema[nameof(Score)].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }
}
