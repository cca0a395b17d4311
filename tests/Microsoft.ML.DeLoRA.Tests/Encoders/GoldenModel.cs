using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>Models under tests/golden, each a Hugging Face directory.</summary>
internal static class GoldenModel
{
    /// <param name="path">Relative to the golden folder: <c>tiny-roberta/cls3</c>.</param>
    public static SequenceClassifier Load(string path)
    {
        using ModelDirectory directory = ModelDirectory.Open(Path.Combine(Repository.Golden, path));
        EncoderConfiguration configuration = EncoderConfiguration.FromJson(directory.ConfigurationJson);
        var weights = new CheckpointWeights(directory.Tensors);
        int outputs = (int)directory.Tensors.Shape("classifier.out_proj.weight")[0];
        var model =
            new SequenceClassifier(new PackedEncoder(configuration, weights), new ClassificationHead(configuration, outputs, weights));
        model.MoveTo(TestDevice.Current);
        return model;
    }
}
