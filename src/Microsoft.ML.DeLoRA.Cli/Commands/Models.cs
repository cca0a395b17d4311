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
    public static ITransformer Load(MLContext context, string path) => Load(context, path, out _);

    /// <summary>The same, with what the model remembers of its training.</summary>
    /// <exception cref="UsageException">There is no such file.</exception>
    public static ITransformer Load(MLContext context, string path, out ModelNotes notes)
    {
        if (!File.Exists(path))
            throw new UsageException($"There is no model '{path}'; make one with 'delora train'.");
        ITransformer model = context.Model.Load(path, out DataViewSchema schema);
        notes = ModelNotes.Read(schema);
        return model;
    }

    /// <summary>The text model in a loaded model, or null.</summary>
    public static TextModel? TextModel(ITransformer model) => Transformer(model)?.Model;

    /// <summary>The transformer of this library in a loaded model, or null.</summary>
    public static DeLoRATextTransformer? Transformer(ITransformer model) => model switch
    {
        DeLoRATextTransformer transformer => transformer,
        IEnumerable<ITransformer> chain => chain.Select(Transformer).FirstOrDefault(m => m is not null),
        _ => null,
    };

    /// <summary>What the text model in a loaded model expects and gives.</summary>
    /// <exception cref="InvalidDataException">There is none in it.</exception>
    public static TextModelDescription Description(ITransformer model)
        => TextModel(model)?.Description
            ?? throw new InvalidDataException("The model has no text model of this library in it; make one with 'delora train'.");

    /// <summary>Throws unless there is a second text for a model of pairs, and for no other.</summary>
    /// <exception cref="UsageException">There is none, or one too many.</exception>
    public static void CheckPairs(TextModelDescription description, DataColumns columns)
    {
        if (description.TakesPairs == columns.Text2 is not null)
            return;
        throw new UsageException(description.TakesPairs
            ? "The model reads pairs of texts; name the column with the second ones by --text2."
            : "The model reads single texts; leave --text2 out.");
    }

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
