using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.DeLoRA.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>What the tool does with models of any task.</summary>
internal static class Models
{
    /// <summary>A context whose warnings go to standard error.</summary>
    /// <param name="device">Where models that it trains or loads compute; null: the CPU.</param>
    /// <param name="seed">Its seed.</param>
    public static MLContext Context(Device? device = null, int? seed = null)
    {
        var context = new MLContext(seed) { GpuDeviceId = device is { type: DeviceType.CUDA } ? device.index : null };
        context.Log += (_, message) =>
        {
            if (message.Kind is Runtime.ChannelMessageKind.Warning or Runtime.ChannelMessageKind.Error)
                Console.Error.WriteLine(message.Message);
        };
        return context;
    }

    /// <summary>Loads a model that <c>delora train</c> saved.</summary>
    /// <exception cref="UsageException">There is no such file.</exception>
    public static ITransformer Load(MLContext context, string path)
        => File.Exists(path)
            ? context.Model.Load(path, out _)
            : throw new UsageException($"There is no model '{path}'; make one with 'delora train'.");

    /// <summary>The text model in a loaded model, or null.</summary>
    public static TextModel? TextModel(ITransformer model) => model switch
    {
        DeLoRATextTransformer transformer => transformer.Model,
        IEnumerable<ITransformer> chain => chain.Select(TextModel).FirstOrDefault(m => m is not null),
        _ => null,
    };

    /// <summary>What the text model in a loaded model expects and gives.</summary>
    /// <exception cref="InvalidDataException">There is none in it.</exception>
    public static TextModelDescription Description(ITransformer model)
        => TextModel(model)?.Description
            ?? throw new InvalidDataException("The model has no text model of this library in it; make one with 'delora train'.");

    /// <summary>Prints how the best epoch did on the evaluation rows.</summary>
    public static void PrintBest(TrainingResult training) => Console.WriteLine(FormattableString.Invariant(
        $"Best epoch {training.Best.Epoch}: {training.MetricName} {training.Best.ValidationMetric:F4} on the evaluation rows."));

    /// <summary>Prints how many numbers were trained, as PEFT does.</summary>
    public static void PrintParameters(ITransformer model)
    {
        if (TextModel(model) is { } text)
            Console.WriteLine(TrainableParameters.Count(text.Classifier, text.Adapters));
    }
}
