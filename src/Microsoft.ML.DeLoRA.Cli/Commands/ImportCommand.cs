using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>
/// <c>delora import</c>: makes an ML.NET model of an adapter that Python's PEFT trained, or of a whole RobertaForSequenceClassification.
/// </summary>
internal static class ImportCommand
{
    public static System.CommandLine.Command Create()
    {
        var peft = new Option<string?>("--peft")
        {
            Description =
                "Directory with adapter_config.json and adapter_model.safetensors; without it --base is imported with its own head",
        };
        var @base = new Option<string?>("--base")
        {
            Description = "Hugging Face directory (or a saved model) of the base model; with --peft roberta-nano when not given",
        };
        var task = new Option<string?>("--task")
        {
            Description = "What the head says: classification, multilabel or regression; as the files say when not given "
                + "(labels.json, problem_type), else regression with one output and classification with more",
        };
        task.AcceptOnlyFromAmong("classification", "multilabel", "regression");
        var labels = new Option<string[]>("--labels")
        {
            Description = "The names of the classes or labels in the order of the head's outputs; as the files say when not given "
                + "(labels.json, id2label), else LABEL_0, LABEL_1, ...",
            AllowMultipleArgumentsPerToken = true,
        };
        var pairs = new Option<bool>("--pairs") { Description = "The model reads two texts at once" };
        var maxLength = new Option<int?>("--max-length")
        {
            Description = "Most tokens of a text or pair; what the base model can take when not given",
        };
        var save = new Option<string>("--save") { Description = "Where the model goes (.zip)", Required = true };
        var command = new System.CommandLine.Command(
            "import", "Makes an ML.NET model of an adapter in PEFT's format, or of a Hugging Face classifier")
        {
            peft, @base, task, labels, pairs, maxLength, save,
        };
        command.SetAction(arguments =>
        {
            Outputs.CheckModel(save.Name, arguments.GetRequiredValue(save), arguments.GetValue(@base),
                (peft.Name, arguments.GetValue(peft)), (@base.Name, arguments.GetValue(@base)));
            MLContext context = SavedModels.Context();
            TextModelKind? kind = arguments.GetValue(task) switch
            {
                "classification" => TextModelKind.Classification,
                "multilabel" => TextModelKind.MultiLabelClassification,
                "regression" => TextModelKind.Regression,
                _ => null,
            };
            string[]? names = arguments.GetValue(labels) is { Length: > 0 } given ? given : null;
            if (names is not null && LabelNames.FaultOf(names) is { } fault)
                throw new UsageException($"--labels: {fault}. Give each output a name of its own.");
            string? baseModel = arguments.GetValue(@base);
            bool asPairs = arguments.GetValue(pairs);
            int? length = arguments.GetValue(maxLength);
            TextModel text = arguments.GetValue(peft) is { } adapter
                ? TextModel.LoadPeft(adapter, baseModel, names, asPairs ? true : null, length, kind: kind)
                : TextModel.LoadPretrained(
                    baseModel
                        ?? throw new UsageException("Give --peft, a directory with an adapter, or --base, that of a model with its head."),
                    names, asPairs, length, kind: kind);
            foreach (string warning in text.Warnings)
                Console.Error.WriteLine(warning);
            TextModelDescription description = text.Description;
            using DeLoRATextTransformer transformer = DeLoRATextTransformer.Of(context, text, DeLoRATextOptions.Of(description.Kind) with
            {
                TextColumnName = nameof(LabelledText.Text),
                SecondTextColumnName = description.TakesPairs ? nameof(LabelledText.Text2) : null,
            });
            ITransformer model = description.Kind == TextModelKind.Classification
                ? ClassificationPipeline.WithLabels(context, transformer, description.Labels)
                : transformer;
            string file = arguments.GetRequiredValue(save);
            Outputs.Save(context, model, context.Data.LoadFromEnumerable<LabelledText>([]).Schema, file);
            Console.WriteLine(description.Kind == TextModelKind.Regression
                ? "A regression."
                : $"Labels: {string.Join(", ", description.Labels)}");
            Console.WriteLine($"Saved to {file}.");
        });
        return command;
    }
}
