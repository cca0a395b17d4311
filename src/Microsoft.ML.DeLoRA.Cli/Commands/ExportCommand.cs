using System.CommandLine;
using Microsoft.ML.DeLoRA.Serving;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora export</c>: the adapter and head of a saved model as a directory that Python's PEFT reads.</summary>
internal static class ExportCommand
{
    public static System.CommandLine.Command Create()
    {
        var model = new Option<string>("--model") { Description = "Model saved by 'delora train'", Required = true };
        var peft = new Option<string>("--peft")
        {
            Description = "Directory for adapter_config.json and adapter_model.safetensors", Required = true,
        };
        var baseName = new Option<string?>("--base-name") { Description = "What to write as base_model_name_or_path" };
        var asLoRA = new Option<bool>("--as-lora") { Description = "Save a DeLoRA adapter as the LoRA that it equals exactly" };
        var command = new System.CommandLine.Command("export", "Writes a model's adapter in PEFT's format") { model, peft, baseName, asLoRA };
        command.SetAction(arguments =>
        {
            Outputs.CheckDirectory(peft.Name, arguments.GetRequiredValue(peft));
            MLContext context = Models.Context();
            string file = arguments.GetRequiredValue(model);
            TextModel text = Models.TextModel(Models.Load(context, file))
                ?? throw new InvalidDataException($"'{file}' has no text model of this library in it.");
            string directory = arguments.GetRequiredValue(peft);
            text.SavePeft(directory, arguments.GetValue(baseName), arguments.GetValue(asLoRA));
            string labels = string.Join(", ", text.Description.Labels);
            Console.WriteLine($"Written to {directory}."
                + (labels.Length > 0 ? $" Labels, in the order of the head's outputs: {labels}" : ""));
        });
        return command;
    }
}
