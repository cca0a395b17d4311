// Fine-tunes a text classifier with DeLoRA by ML.NET's API: load, split, train, evaluate, save, load in a new process, predict.

using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA;
using Quickstart;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// The program starts itself with this verb to show that a saved model needs nothing but its file.
if (args is ["predict", var modelFile, var texts])
{
    Prediction.Print(modelFile, JsonSerializer.Deserialize<Row[]>(texts)!);
    return 0;
}
if (!Arguments.TryParse(args, out Arguments settings))
    return 2;

try
{
    // 1. Load the file, and set rows aside for the test.
    var mlContext = new MLContext(seed: 1);
    mlContext.Log += (_, e) =>
    {
        if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            Console.WriteLine($"warning: {e.RawMessage}");
    };
    TableFile file = TableFile.Open(settings);
    (IDataView train, IDataView test) = file.Split(mlContext);
    Row[] trainRows = [.. mlContext.Data.CreateEnumerable<Row>(train, reuseRowObject: false, ignoreMissingColumns: true)];
    Row[] testRows = [.. mlContext.Data.CreateEnumerable<Row>(test, reuseRowObject: false, ignoreMissingColumns: true)];
    Console.WriteLine($"{Path.GetFileName(settings.Data)}: "
        + $"{trainRows.Length} rows to train on, {testRows.Length} to test, base model {settings.Base ?? "roberta-nano"}");

    // 2. Train: label to key, DeLoRA fine-tuning, key to label.
    var progress = new ProgressLine();
    var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Key", nameof(Row.Label))
        .Append(mlContext.Transforms.DeLoRATextClassification(new DeLoRATextClassificationOptions
        {
            LabelColumnName = "Key",
            TextColumnName = nameof(Row.Text),
            SecondTextColumnName = settings.Text2 is null ? null : nameof(Row.Text2),
            BaseModel = settings.Base,
            Progress = progress,
        }))
        .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    ITransformer model = pipeline.Fit(train);
    progress.End();

    // 3. Evaluate on the rows that were set aside.
    IDataView scored = model.Transform(test);
    MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(scored, labelColumnName: "Key");
    Report.Print(metrics, Prediction.ClassNames(scored.Schema), trainRows, testRows);

    // 4. Save: one zip file with everything, the base model included.
    string path = Path.Combine("models", "quickstart.zip");
    Directory.CreateDirectory("models");
    mlContext.Model.Save(model, train.Schema, path);
    Console.WriteLine($"\nsaved {path} ({new FileInfo(path).Length / 1e6:F1} MB); a new process loads it:");

    // 5. Load and predict in a new process.
    Prediction.PrintInNewProcess(path, settings.IsSample ? Row.Typed : [.. testRows.Take(3)]);

    Console.WriteLine("""

        With a file of your own (.tsv, or .csv with quotes; first line: column names):
          ./run.sh --data FILE --text COLUMN --label COLUMN [--text2 COLUMN] [--base DIRECTORY]
        """);
    return 0;
}
catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException
    or IOException or InvalidDataException or TrainingDivergedException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
