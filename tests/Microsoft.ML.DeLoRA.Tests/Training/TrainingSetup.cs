using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>A tiny model with DeLoRA adapters.</summary>
internal sealed class TrainingSetup : IDisposable
{
    public TrainingSetup(int outputs = 3, double dropout = 0)
    {
        Model = TinyModel.Create(outputs, dropout: dropout);
        Adapters = AdapterSet.Attach(Model.Encoder, new DeLoRAMethod { Rank = 4, Lambda = 4, Dropout = dropout }, seed: 2);
    }

    public SequenceClassifier Model { get; }

    public AdapterSet Adapters { get; }

    public TrainingResult Train(
        TrainingOptions options, TrainingData training, TrainingData? validation = null, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellationToken = default)
        => new Trainer(Model, Adapters, options).Train(training, validation, progress, cancellationToken);

    public float[][] EncoderValues() => [.. Model.Encoder.Parameters.Select(p => p.Value.ToArray())];

    public float[][] TrainedValues() => [.. Adapters.Parameters.Concat(Model.Head.Parameters).Select(p => p.Value.ToArray())];

    public void Dispose()
    {
        Adapters.Dispose();
        Model.Dispose();
    }
}
