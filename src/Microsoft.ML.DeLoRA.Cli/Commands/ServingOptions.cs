using System.CommandLine;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The model that a command predicts with: its file, where it computes, and in what number format.</summary>
internal sealed class ServingOptions
{
    private readonly Option<string> _model = new("--model") { Description = "Model saved by 'delora train'", Required = true };

    private readonly Option<string?> _precision = new("--precision")
    {
        Description = "Number format of the frozen products: float32, or bfloat16 (faster where the processor has it); "
            + "that of training when not given",
    };

    private readonly DeviceOption _device = new();

    public void AddTo(System.CommandLine.Command command)
    {
        _precision.AcceptOnlyFromAmong("float32", "bfloat16");
        command.Add(_model);
        command.Add(_precision);
        _device.AddTo(command);
    }

    /// <summary>Loads the model.</summary>
    /// <exception cref="UsageException">There is no such file, device or model.</exception>
    public (MLContext Context, ITransformer Model) Load(ParseResult arguments, out ModelNotes notes)
    {
        MLContext context = SavedModels.Context(_device.Read(arguments));
        ITransformer model = SavedModels.Load(context, arguments.GetRequiredValue(_model), out notes);
        if (arguments.GetValue(_precision) is { } precision && SavedModels.TextModel(model) is { } text)
            text.Precision = Enum.Parse<ComputePrecision>(precision, ignoreCase: true);
        return (context, model);
    }
}
