using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora import</c>: makes an ML.NET model of an adapter that Python's PEFT trained.</summary>
internal static class ImportCommand
{
    public static System.CommandLine.Command Create()
    {
        var peft = new Option<string>("--peft")
        {
            Description = "Directory with adapter_config.json and adapter_model.safetensors", Required = true,
        };
        var @base = new Option<string?>("--base") { Description = "Hugging Face directory of the base model; roberta-nano when not given" };
        Option<string> task = Values.Option("--task",
            "What the head says, which PEFT's files do not: classification or multilabel", "classification");
        task.AcceptOnlyFromAmong("classification", "multilabel");
        var labels = new Option<string[]>("--labels")
        {
            Description = "The names of the classes or labels in the order of the head's outputs",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var pairs = new Option<bool>("--pairs") { Description = "The model reads two texts at once" };
        var save = new Option<string>("--save") { Description = "Where the model goes (.zip)", Required = true };
        var command = new System.CommandLine.Command("import", "Makes an ML.NET model of an adapter in PEFT's format")
        {
            peft, @base, task, labels, pairs, save,
        };
        command.SetAction(arguments =>
        {
            Outputs.CheckModel(save.Name, arguments.GetRequiredValue(save), arguments.GetValue(@base));
            MLContext context = Models.Context();
            string directory = arguments.GetRequiredValue(peft);
            string[] names = arguments.GetRequiredValue(labels);
            string? baseModel = arguments.GetValue(@base);
            string? second = arguments.GetValue(pairs) ? nameof(LabelledText.Text2) : null;
            using DeLoRATextTransformer classifier = arguments.GetRequiredValue(task) == "multilabel"
                ? context.Model.LoadPeftTextMultiLabelClassification(directory, names, baseModel, secondTextColumnName: second)
                : context.Model.LoadPeftTextClassification(directory, names, baseModel, secondTextColumnName: second);
            ITransformer model = classifier is DeLoRATextClassificationTransformer classes
                ? ClassificationPipeline.WithLabels(context, classes, names)
                : classifier;
            string file = arguments.GetRequiredValue(save);
            Outputs.Save(context, model, context.Data.LoadFromEnumerable<LabelledText>([]).Schema, file);
            Console.WriteLine($"Saved to {file}.");
        });
        return command;
    }
}
