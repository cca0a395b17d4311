using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>A transformer as named streams of an ML.NET model file: the text model's, and its columns.</summary>
internal static class TransformerFile
{
    private const string ColumnsFile = "columns.json";

    public static IEnumerable<(string Name, Action<Stream> Write)> Streams(TextModel model, TextColumns columns)
        => TextModelFile.Streams(model.Parts, (ColumnsFile, columns.WriteTo));

    /// <summary>Microsoft.ML.DeLoRA.Persistence calls this, by this name, when ML.NET loads a model file.</summary>
    /// <param name="environment">The environment that loads it.</param>
    /// <param name="open">Opens the stream of a name and hands it over; false when there is none.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or of a newer version.</exception>
    internal static ITransformer Load(IHostEnvironment environment, Func<string, Action<Stream>, bool> open)
    {
        using IChannel channel = environment.Start("Loading");
        var streams = new BoundedStreams(open);
        streams.ReadManifest();
        TextColumns columns = streams.RequireJson(ColumnsFile, TextColumns.Read);
        var model = new TextModel(TextModelFile.Load(streams, ComputeDevice.Choose(environment, channel)));
        try
        {
            return model.Description.Kind switch
            {
                TextModelKind.Regression => new DeLoRATextRegressionTransformer(environment, model, columns, training: null),
                TextModelKind.MultiLabelClassification
                    => new DeLoRATextMultiLabelClassificationTransformer(environment, model, columns, training: null),
                _ => new DeLoRATextClassificationTransformer(environment, model, columns, training: null),
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
