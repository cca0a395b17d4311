using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>What the tool does with models of any task.</summary>
internal static class SavedModels
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
                LiveProgress.WriteLine(OptionNames.Translate(message.RawMessage));
        };
        return context;
    }

    /// <summary>Loads a model that <c>delora train</c> saved.</summary>
    /// <exception cref="UsageException">There is no such file, or it is no zip file at all.</exception>
    public static ITransformer Load(MLContext context, string path) => Load(context, path, out _);

    /// <summary>The same, with what the model remembers of its training.</summary>
    /// <exception cref="UsageException">There is no such file, or it is no zip file at all.</exception>
    public static ITransformer Load(MLContext context, string path, out ModelNotes notes)
    {
        if (Directory.Exists(path))
            throw new UsageException($"'{path}' is a directory and no model file; make one of it with 'delora import'.");
        if (!File.Exists(path))
            throw new UsageException($"There is no model '{path}'; make one with 'delora train'.");
        try
        {
            ITransformer model = context.Model.LoadWhole(path, out DataViewSchema schema);
            notes = ModelNotes.Read(schema);
            return model;
        }
        catch (Exception e) when (e is FormatException
            || (e is InvalidOperationException && e.Message.StartsWith("Could not load legacy format", StringComparison.Ordinal)))
        {
            // ML.NET's words for a file that is no zip file, and for one that it did not write.
            throw new UsageException(ModelArchive.IsOne(path)
                ? $"'{path}' is damaged or no model of this tool; copy it again, or make one with 'delora train'."
                : $"'{path}' is no model; make one with 'delora train'.");
        }
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

    /// <summary>Prints how the best epoch of a model that was just trained did on the evaluation rows, if there were any.</summary>
    public static void PrintBest(ITransformer model)
    {
        if (Transformer(model)?.Training is { Best.ValidationMetric: { } figure } training)
            Console.WriteLine(FormattableString.Invariant(
                $"Best epoch {training.Best.Epoch}: {training.MetricName} {figure:F4} on the evaluation rows."));
    }
}
