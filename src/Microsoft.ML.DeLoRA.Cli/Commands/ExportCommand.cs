using System.CommandLine;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora export</c>: the adapter and head of a saved model as a directory that Python's PEFT reads.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Model saved by 'delora train'", Required = true };
        var peft = new Option<string>("--peft") { Description = "Directory for adapter_config.json and adapter_model.safetensors", Required = true };
        var baseName = new Option<string?>("--base-name") { Description = "What to write as base_model_name_or_path" };
        var asLoRA = new Option<bool>("--as-lora") { Description = "Save a DeLoRA adapter as the LoRA that it equals exactly" };
        var command = new Command("export", "Writes a model's adapter in PEFT's format") { model, peft, baseName, asLoRA };
        command.SetAction(arguments =>
        {
            MLContext context = ClassificationPipeline.Context();
            string file = arguments.GetRequiredValue(model);
            DeLoRATextClassificationTransformer classifier = ClassificationPipeline.Classifier(ClassificationPipeline.Load(context, file))
                ?? throw new InvalidDataException($"'{file}' has no text classifier of this library in it.");
            string directory = arguments.GetRequiredValue(peft);
            classifier.Model.SavePeft(directory, arguments.GetValue(baseName), arguments.GetValue(asLoRA));
            Console.WriteLine($"Written to {directory}. Labels, in the order of the head's outputs: {string.Join(", ", classifier.Model.Description.Labels)}");
        });
        return command;
    }
}
