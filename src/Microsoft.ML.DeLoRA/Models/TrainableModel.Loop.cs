using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

// What a training loop of one's own needs.
public sealed partial class TrainableModel
{
    /// <summary>The encoder, with the adapters on it.</summary>
    public PackedEncoder Encoder => Classifier.Encoder;

    /// <summary>The head, whose parameters may want another learning rate than the adapters'.</summary>
    public ClassificationHead Head => Classifier.Head;

    /// <summary>How many numbers are trained, of how many.</summary>
    public TrainableParameters ParameterCounts => TrainableParameters.Count(Classifier, Adapters);

    /// <summary>The base model's tokenizer.</summary>
    public ITextTokenizer Tokenizer => Base.Tokenizer;

    /// <summary>The most tokens of a text or pair that the model can take.</summary>
    public int MaxTokens => Classifier.Encoder.Configuration.MaxTokens;

    /// <summary>All that is trained: the adapters' parameters, those of the encoder that the method trains, and the head's.</summary>
    public IEnumerable<ModelParameter> Parameters => (Adapters?.Parameters ?? []).Concat(Head.Parameters);

    /// <summary>Puts a new head and new adapters on a base model, whose files may change or go away afterwards.</summary>
    /// <param name="baseModel">Null: the small model that is part of this library; else see <see cref="BaseModel.Open"/>.</param>
    /// <param name="adapter">The adapter method; null: the head only.</param>
    /// <param name="outputs">Outputs of the head: the number of classes or labels, or 1 for a number.</param>
    /// <param name="seed">Seed of the head's and the adapters' initial values.</param>
    /// <param name="device">Where it computes; null: the CPU.</param>
    /// <exception cref="ArgumentException">
    /// The number of outputs is below 1, or an option of the method is out of range or does not fit the base model.
    /// </exception>
    /// <exception cref="IOException">The base model's files are missing.</exception>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static TrainableModel Create(string? baseModel, AdapterMethod? adapter, int outputs, long seed = 0, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        NativeLibraries.Require();
        return Create(baseModel, adapter, outputs, seed, device ?? CPU, task: null);
    }

    /// <summary>Trains by the loop of this library. The model ends with the parameters of its best epoch.</summary>
    /// <param name="options">How to train.</param>
    /// <param name="training">The training set, as many classes or labels as the head has outputs.</param>
    /// <param name="validation">Evaluated after each epoch to choose the best one; null: the last epoch is taken.</param>
    /// <param name="metric">What is best; null: accuracy, F1 over all labels (multi-label), or the mean squared error.</param>
    /// <param name="progress">Told after every step, evaluation and epoch; null: nobody.</param>
    /// <param name="cancellationToken">Stops within a step.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or the data do not fit the head, the model or the metric; or the adapters are merged or switched off.
    /// </exception>
    /// <exception cref="TrainingDivergedException">A number became infinite or NaN; the model has its best epoch's parameters.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TrainingResult Train(
        TrainingOptions options, TrainingData training, TrainingData? validation = null, IMetric? metric = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Trainer(Classifier, Adapters, options, metric).Train(training, validation, progress, cancellationToken);
    }

    /// <summary>The outputs for every row of a data set, beside what is right, for any <see cref="IMetric"/>; without dropout.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">A row's tokens do not fit the model; the message names it.</exception>
    /// <exception cref="NotFiniteNumberException">An output is NaN or infinite; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Predictions Predict(TrainingData data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Evaluator.Predict(Classifier, data, cancellationToken);
    }

    /// <summary>
    /// The outputs of some rows, [rows, outputs]: logits, or the number of a regression. With gradient, unless gradients are off.
    /// </summary>
    /// <param name="texts">Texts that <see cref="Tokenizer"/> tokenised.</param>
    /// <param name="rows">Which of them, by number from 0, in the order of the outputs.</param>
    /// <param name="dropout">The random source while training; null (default): no dropout.</param>
    /// <returns>A tensor for the caller, or his dispose scope, to dispose.</returns>
    /// <exception cref="ArgumentException">There is no row, or its tokens do not fit the model.</exception>
    public Tensor Forward(TokenizedDataset texts, IReadOnlyList<int> rows, SeededDropout? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(rows);
        using PackedBatch batch = PackedBatch.Create(
            [.. rows.Select(texts.RowMemory)], Classifier.Encoder.Configuration, Classifier.Encoder.Device,
            texts.HasPairs ? [.. rows.Select(texts.SecondStart)] : null);
        return Forward(batch, dropout);
    }

    /// <summary>The same of a batch of your own, such as one whose rows have adapters of their own.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="dropout">The random source while training; null (default): no dropout.</param>
    /// <returns>A tensor for the caller, or his dispose scope, to dispose.</returns>
    /// <exception cref="ArgumentException">A token or a position is none of the model's.</exception>
    public Tensor Forward(PackedBatch batch, SeededDropout? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Classifier.Forward(batch, dropout);
    }
}
