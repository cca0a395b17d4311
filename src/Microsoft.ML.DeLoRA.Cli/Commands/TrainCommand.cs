using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora train</c>: fine-tunes a classifier or a regression on a file and saves it as an ML.NET model.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var training = new TrainingOptions();
        var data = new DataOptions();
        var adapter = new AdapterOptions();
        var run = new RunOptions();
        Option<string> task = Values.Option("--task", "classification: each label is a class; regression: each label is a number", "classification");
        task.AcceptOnlyFromAmong("classification", "regression");
        var eval = new Option<string?>("--eval") { Description = "File with the same columns: chooses the best epoch; its accuracy, or mean squared error, is printed" };
        var @base = new Option<string?>("--base") { Description = "Hugging Face directory of a RoBERTa model; roberta-nano when not given" };
        var save = new Option<string>("--save") { Description = "Where the model goes (.zip)", Required = true };
        Option<int> epochs = Values.Option("--epochs", "Passes over the rows", training.Epochs);
        Option<int> batch = Values.Option("--batch", "Rows of a step", training.BatchSize);
        Option<double> rate = Values.Option("--learning-rate", "Peak learning rate", training.LearningRate);
        Option<double?> lambdaRate = Values.Option("--lambda-learning-rate", "Peak learning rate of lambda; as --learning-rate when not given", training.LambdaLearningRate);
        Option<double?> headRate = Values.Option("--head-learning-rate", "Peak learning rate of the head; as --learning-rate when not given", training.HeadLearningRate);
        Option<int?> maxLength = Values.Option<int?>("--max-length", "Most tokens of a text or pair", null);
        Option<int> seed = Values.Option("--seed", "Seed of everything random", 1);

        var command = new Command("train", "Fine-tunes a text classifier, or a regression, with DeLoRA or another adapter method")
        {
            task, eval, @base, save, epochs, batch, rate, lambdaRate, headRate, maxLength, seed,
        };
        data.AddTo(command, labelRequired: true);
        adapter.AddTo(command);
        run.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(() =>
        {
            bool regression = arguments.GetRequiredValue(task) == "regression";
            LabelledText[] rows = data.Read(arguments, arguments.GetRequiredValue(data.Data), regression);
            LabelledText[]? evalRows = arguments.GetValue(eval) is string path ? data.Read(arguments, path, regression) : null;
            MLContext context = Models.Context(arguments.GetValue(seed));
            ITransformer model = run.Run(arguments, progress => regression
                ? RegressionPipeline.Fit(context, rows, evalRows, Options(new DeLoRATextRegressionOptions()) with { Progress = progress })
                : ClassificationPipeline.Fit(context, rows, evalRows, Options(new DeLoRATextClassificationOptions()) with { Progress = progress }));
            Models.PrintParameters(model);
            string file = arguments.GetRequiredValue(save);
            context.Model.Save(model, context.Data.LoadFromEnumerable(rows.Take(1)).Schema, file);
            Console.WriteLine($"Saved to {file}.");

            T Options<T>(T defaults) where T : DeLoRATextOptions => defaults with
            {
                LabelColumnName = regression ? RegressionPipeline.LabelColumn : ClassificationPipeline.KeyColumn,
                SecondTextColumnName = arguments.GetValue(data.Text2) is null ? null : nameof(LabelledText.Text2),
                BaseModel = arguments.GetValue(@base),
                Adapter = adapter.Read(arguments),
                Training = run.Read(arguments, training with
                {
                    Epochs = arguments.GetValue(epochs),
                    BatchSize = arguments.GetValue(batch),
                    LearningRate = arguments.GetValue(rate),
                    LambdaLearningRate = arguments.GetValue(lambdaRate),
                    HeadLearningRate = arguments.GetValue(headRate),
                }),
                MaxLength = arguments.GetValue(maxLength),
                Seed = arguments.GetValue(seed),
                CancellationToken = cancellation,
            };
        }, cancellation));
        return command;
    }
}
