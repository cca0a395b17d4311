using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>
/// <c>delora train</c>: fine-tunes a classifier, multi-label or not, or a regression on a file and saves it as an ML.NET model.
/// </summary>
internal static class TrainCommand
{
    public static System.CommandLine.Command Create()
    {
        var data = new DataOptions();
        var adapter = new AdapterOptions();
        var optimizer = new OptimizerOptions();
        var run = new RunOptions();
        var device = new DeviceOption();
        var compute = new ComputeOptions();
        Option<string> task = Values.Option("--task",
            "classification: each label is a class; multilabel: a list of labels; regression: a number", "classification");
        task.AcceptOnlyFromAmong("classification", "multilabel", "regression");
        var eval = new Option<string?>("--eval")
        {
            Description = "File with the same columns: chooses the best epoch; its --metric is printed",
        };
        var evalFraction = new Option<double?>("--eval-fraction")
        {
            Description = "In place of --eval: the share of the rows, such as 0.1, that is held back, by chance, to choose the best epoch",
        };
        var metric = new Option<string?>("--metric")
        {
            Description = $"What chooses the best epoch: {Metrics.Names}; several with commas: their mean. "
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
        Option<int?> maxLength = Values.Option<int?>("--max-length",
            "Most tokens of a text or pair; longer ones lose their ends. 256, or what the base model takes, when not given", null);
        Option<int> seed = Values.Option("--seed", "Seed of everything random", 1);

        var command = new System.CommandLine.Command("train",
            "Fine-tunes a text classifier, or a regression, with DeLoRA or another adapter method")
        {
            task, eval, evalFraction, metric, @base, peft, save, maxLength, seed,
        };
        data.AddTo(command, labelRequired: true);
        adapter.AddTo(command);
        optimizer.AddTo(command);
        run.AddTo(command);
        device.AddTo(command);
        compute.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(() =>
        {
            var clock = Stopwatch.StartNew();
            if (arguments.GetValue(peft) is not null && adapter.Given(arguments) is { } contradiction)
                throw new UsageException($"{contradiction} cannot stand beside {peft.Name}, whose directory "
                    + "names the method and its options.");
            string trainPath = arguments.GetRequiredValue(data.Data);
            string? evalPath = arguments.GetValue(eval);
            string? measured = arguments.GetValue(metric) is null ? run.NeedsEvaluation(arguments) : metric.Name;
            if (measured is not null && evalPath is null && arguments.GetValue(evalFraction) is null)
                throw new UsageException($"{measured} needs {eval.Name} or {evalFraction.Name}: rows that are evaluated.");
            if (evalPath is not null && arguments.GetValue(evalFraction) is not null)
                throw new UsageException($"{eval.Name} and {evalFraction.Name} cannot be given together.");
            Outputs.CheckModel(save.Name, arguments.GetRequiredValue(save), arguments.GetValue(@base),
                (data.Data.Name, trainPath), (eval.Name, evalPath), (@base.Name, arguments.GetValue(@base)),
                (peft.Name, arguments.GetValue(peft)), run.Log(arguments));
            run.CheckOutputs(arguments);
            compute.SetThreads(arguments);
            MLContext context = SavedModels.Context(device.Read(arguments), arguments.GetValue(seed));
            AdapterMethod? method = adapter.Read(arguments);
            ITransformer model = run.Run(arguments, arguments.GetRequiredValue(task) switch
            {
                "regression" => Regression(),
                "multilabel" => MultiLabel(),
                _ => Classification(),
            });
            string file = arguments.GetRequiredValue(save);
            var notes = ModelNotes.Of(model, data.Columns(arguments), arguments.GetValue(@base) ?? BaseModel.EmbeddedName);
            Outputs.Save(context, model, notes.Schema(context), file);
            SavedModels.PrintBest(model);
            Console.WriteLine($"Saved to {file}. It took {TrainReport.Duration(clock.Elapsed)} in all.");

            // The files are read before the run is shown.
            Func<IProgress<TrainingProgress>, ITransformer> Classification()
            {
                DeLoRATextClassificationOptions options = Options(new DeLoRATextClassificationOptions(), ClassificationPipeline.KeyColumn);
                LabelledText[] rows = data.Read(arguments, trainPath, numbers: false);
                LabelledText[]? evalRows = evalPath is null ? null : data.Read(arguments, evalPath, numbers: false);
                options = Reported(options, TrainReport.Classes(rows));
                return progress => ClassificationPipeline.Fit(context, rows, evalRows, options with { Progress = progress });
            }

            Func<IProgress<TrainingProgress>, ITransformer> Regression()
            {
                DeLoRATextRegressionOptions options = Options(new DeLoRATextRegressionOptions(), RegressionPipeline.LabelColumn);
                LabelledText[] rows = data.Read(arguments, trainPath, numbers: true);
                LabelledText[]? evalRows = evalPath is null ? null : data.Read(arguments, evalPath, numbers: true);
                options = Reported(options, TrainReport.Numbers(rows));
                return progress => RegressionPipeline.Fit(context, rows, evalRows, options with { Progress = progress });
            }

            Func<IProgress<TrainingProgress>, ITransformer> MultiLabel()
            {
                var options = Options(new DeLoRATextMultiLabelClassificationOptions(), MultiLabelTexts.LabelColumn);
                MultiLabelTexts texts = data.ReadMultiLabel(arguments, trainPath, names: null);
                MultiLabelTexts? evalTexts = evalPath is null ? null : data.ReadMultiLabel(arguments, evalPath, texts.Names);
                options = Reported(options, TrainReport.Labels(texts));
                return progress => MultiLabelPipeline.Fit(context, texts, evalTexts, options with { Progress = progress });
            }

            // Checked before any file is read.
            T Options<T>(T defaults, string labelColumn) where T : DeLoRATextOptions
            {
                T options = defaults with
                {
                    LabelColumnName = labelColumn,
                    SecondTextColumnName = arguments.GetValue(data.Text2) is null ? null : nameof(LabelledText.Text2),
                    BaseModel = arguments.GetValue(@base),
                    AdapterDirectory = arguments.GetValue(peft),
                    Adapter = arguments.GetValue(peft) is null ? method : defaults.Adapter,
                    Training = run.Read(arguments, optimizer.Read(arguments, method)) with { Seed = arguments.GetValue(seed) },
                    Metric = arguments.GetValue(metric) is { } names ? Metrics.Parse(names) : null,
                    MaxLength = arguments.GetValue(maxLength),
                    ValidationFraction = arguments.GetValue(evalFraction),
                    Precision = compute.Precision(arguments),
                    CancellationToken = cancellation,
                };
                // The rows of --eval are not read yet.
                (options with { ValidationFraction = options.ValidationFraction ?? (evalPath is null ? null : 0.5) }).Validate();
                return options;
            }

            T Reported<T>(T options, string labels) where T : DeLoRATextOptions => options with
            {
                Started = start => TrainReport.Print(start, options, trainPath, evalPath, labels),
            };
        }, cancellation));
        return command;
    }
}
