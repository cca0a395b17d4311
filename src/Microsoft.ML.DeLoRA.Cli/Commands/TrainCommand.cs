using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>
/// <c>delora train</c>: fine-tunes a classifier, multi-label or not, or a regression on a file and saves it as an ML.NET model.
/// </summary>
internal static class TrainCommand
{
    public static System.CommandLine.Command Create()
    {
        var training = new TrainingOptions();
        var data = new DataOptions();
        var adapter = new AdapterOptions();
        var run = new RunOptions();
        var device = new DeviceOption();
        Option<string> task = Values.Option("--task",
            "classification: each label is a class; multilabel: a list of labels; regression: a number", "classification");
        task.AcceptOnlyFromAmong("classification", "multilabel", "regression");
        var eval = new Option<string?>("--eval")
        {
            Description = "File with the same columns: chooses the best epoch; its --metric is printed",
        };
        var metric = new Option<string?>("--metric")
        {
            Description = $"What chooses the best epoch on --eval: {Metrics.Names}; several with commas: their mean. "
                + "Accuracy, micro-F1 or mean-squared-error when not given",
        };
        var @base = new Option<string?>("--base")
        {
            Description = "Hugging Face directory of a RoBERTa model, or a saved model (.zip), which is trained on; "
                + "roberta-nano when not given",
        };
        var peft = new Option<string?>("--peft")
        {
            Description = "Directory of an adapter that was trained on --base: it is trained on, by its own method",
        };
        var save = new Option<string>("--save") { Description = "Where the model goes (.zip)", Required = true };
        Option<int> epochs = Values.Option("--epochs", "Passes over the rows", training.Epochs);
        Option<int> batch = Values.Option("--batch", "Rows of a step", training.BatchSize);
        Option<double> rate = Values.Option("--learning-rate", "Peak learning rate", training.LearningRate);
        Option<double?> lambdaRate = Values.Option("--lambda-learning-rate",
            "Peak learning rate of lambda; as --learning-rate when not given", training.LambdaLearningRate);
        Option<double?> headRate = Values.Option("--head-learning-rate",
            "Peak learning rate of the head; as --learning-rate when not given", training.HeadLearningRate);
        Option<int?> maxLength = Values.Option<int?>("--max-length", "Most tokens of a text or pair", null);
        Option<int> seed = Values.Option("--seed", "Seed of everything random", 1);

        var command = new System.CommandLine.Command("train", "Fine-tunes a text classifier, or a regression, with DeLoRA or another adapter method")
        {
            task, eval, metric, @base, peft, save, epochs, batch, rate, lambdaRate, headRate, maxLength, seed,
        };
        data.AddTo(command, labelRequired: true);
        adapter.AddTo(command);
        run.AddTo(command);
        device.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(() =>
        {
            string? measured = arguments.GetValue(metric) is null ? run.NeedsEvaluation(arguments) : "--metric";
            if (measured is not null && arguments.GetValue(eval) is null)
                throw new UsageException($"{measured} needs --eval, the file that is evaluated.");
            if (arguments.GetValue(peft) is not null && adapter.Given(arguments) is { } contradiction)
                throw new UsageException($"{contradiction} cannot stand beside --peft, whose directory names the method and its options.");
            Outputs.CheckModel(save.Name, arguments.GetRequiredValue(save), arguments.GetValue(@base));
            run.CheckOutputs(arguments);
            MLContext context = Models.Context(device.Read(arguments), arguments.GetValue(seed));
            string trainPath = arguments.GetRequiredValue(data.Data);
            string? evalPath = arguments.GetValue(eval);
            ITransformer model = run.Run(arguments, arguments.GetRequiredValue(task) switch
            {
                "regression" => Regression(),
                "multilabel" => MultiLabel(),
                _ => Classification(),
            });
            Models.PrintParameters(model);
            string file = arguments.GetRequiredValue(save);
            Outputs.Save(context, model, context.Data.LoadFromEnumerable<LabelledText>([]).Schema, file);
            Console.WriteLine($"Saved to {file}.");

            // The files are read before the run is shown.
            Func<IProgress<TrainingProgress>, ITransformer> Classification()
            {
                LabelledText[] rows = data.Read(arguments, trainPath, numbers: false);
                LabelledText[]? evalRows = evalPath is null ? null : data.Read(arguments, evalPath, numbers: false);
                DeLoRATextClassificationOptions options = Options(new DeLoRATextClassificationOptions(), ClassificationPipeline.KeyColumn);
                return progress => ClassificationPipeline.Fit(context, rows, evalRows, options with { Progress = progress });
            }

            Func<IProgress<TrainingProgress>, ITransformer> Regression()
            {
                LabelledText[] rows = data.Read(arguments, trainPath, numbers: true);
                LabelledText[]? evalRows = evalPath is null ? null : data.Read(arguments, evalPath, numbers: true);
                DeLoRATextRegressionOptions options = Options(new DeLoRATextRegressionOptions(), RegressionPipeline.LabelColumn);
                return progress => RegressionPipeline.Fit(context, rows, evalRows, options with { Progress = progress });
            }

            Func<IProgress<TrainingProgress>, ITransformer> MultiLabel()
            {
                MultiLabelTexts texts = data.ReadMultiLabel(arguments, trainPath, names: null);
                MultiLabelTexts? evalTexts = evalPath is null ? null : data.ReadMultiLabel(arguments, evalPath, texts.Names);
                var options = Options(new DeLoRATextMultiLabelClassificationOptions(), MultiLabelTexts.LabelColumn);
                return progress => MultiLabelPipeline.Fit(context, texts, evalTexts, options with { Progress = progress });
            }

            T Options<T>(T defaults, string labelColumn) where T : DeLoRATextOptions => defaults with
            {
                LabelColumnName = labelColumn,
                SecondTextColumnName = arguments.GetValue(data.Text2) is null ? null : nameof(LabelledText.Text2),
                BaseModel = arguments.GetValue(@base),
                AdapterDirectory = arguments.GetValue(peft),
                Adapter = arguments.GetValue(peft) is null ? adapter.Read(arguments) : defaults.Adapter,
                Training = run.Read(arguments, training with
                {
                    Epochs = arguments.GetValue(epochs),
                    BatchSize = arguments.GetValue(batch),
                    LearningRate = arguments.GetValue(rate),
                    LambdaLearningRate = arguments.GetValue(lambdaRate),
                    HeadLearningRate = arguments.GetValue(headRate),
                }),
                Metric = arguments.GetValue(metric) is { } names ? Metrics.Parse(names) : null,
                MaxLength = arguments.GetValue(maxLength),
                Seed = arguments.GetValue(seed),
                CancellationToken = cancellation,
            };
        }, cancellation));
        return command;
    }
}
