using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

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
        Option<string> format = Values.Option("--format", "Who shall read it: peft (DeLoRA with frozen copies, which PEFT does not have, "
            + "as the LoRA that it equals), lora (DeLoRA always as that LoRA, for PEFT before 0.18), authors (the DeLoRA authors' fork)",
            "peft");
        format.AcceptOnlyFromAmong("peft", "lora", "authors");
        var asLoRA = new Option<bool>("--as-lora") { Description = "The same as --format lora", Hidden = true };
        var command = new System.CommandLine.Command("export", "Writes a model's adapter in PEFT's format")
        {
            model, peft, baseName, format, asLoRA,
        };
        command.SetAction(arguments =>
        {
            Outputs.CheckDirectory(peft.Name, arguments.GetRequiredValue(peft));
            MLContext context = SavedModels.Context();
            string file = arguments.GetRequiredValue(model);
            TextModel text = SavedModels.TextModel(SavedModels.Load(context, file, out ModelNotes notes))
                ?? throw new InvalidDataException($"'{file}' has no text model of this library in it.");
            string directory = arguments.GetRequiredValue(peft);
            AdapterFormat reader = Reader(arguments.GetRequiredValue(format), arguments.GetValue(asLoRA));
            AdapterMethod written = Save(text, directory, arguments.GetValue(baseName), reader);
            // Neither PEFT nor import finds such a base by itself.
            if (notes.Base is { } trainedOn && (File.Exists(trainedOn) || trainedOn.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)))
                Console.Error.WriteLine($"The adapter was trained on the saved model '{trainedOn}' and is of use "
                    + "with its merged encoder only: "
                    + $"give that file to 'delora import' and 'delora train' by --base {trainedOn}.");
            string labels = string.Join(", ", text.Description.Labels);
            string form = written is LoRAMethod lora && text.Parts.Adapters?.Method is DeLoRAMethod
                ? $" as the LoRA of rank {lora.Rank} that the DeLoRA adapter equals"
                : "";
            Console.WriteLine($"Written to {directory}{form}."
                + (labels.Length > 0 ? $" Labels, in the order of the head's outputs: {labels}" : ""));
        });
        return command;
    }

    private static AdapterMethod Save(TextModel text, string directory, string? baseName, AdapterFormat reader)
    {
        try
        {
            return text.SavePeft(directory, baseName, reader);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException || e.GetType() == typeof(ArgumentException))
        {
            // In the tool's words, and without the library's parameter.
            throw new UsageException(e.Message.Split(" (Parameter ")[0]
                .Replace($"{nameof(AdapterFormat)}.{nameof(AdapterFormat.Authors)}", "--format authors", StringComparison.Ordinal)
                .Replace($"{nameof(AdapterFormat)}.{nameof(AdapterFormat.Peft)}", "--format peft", StringComparison.Ordinal));
        }
    }

    private static AdapterFormat Reader(string format, bool asLoRA) => (format, asLoRA) switch
    {
        ("authors", true) => throw new UsageException("--as-lora and --format authors exclude each other; leave one out."),
        ("authors", _) => AdapterFormat.Authors,
        ("lora", _) or (_, true) => AdapterFormat.LoRA,
        _ => AdapterFormat.Peft,
    };
}
