using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// A fine-tuned model ready for use: text in, scores out. The adapter is merged into the encoder's weights, so it costs what the base
/// model costs; one that cannot be merged (bottleneck, LoReFT) stays beside them.
/// </summary>
/// <remarks>
/// Immutable but for <see cref="Precision"/>; any number of threads may predict at once. Owns its tensors: dispose it at the end; disposing
/// waits for those who still predict or save. Saving and loading gives bit-equal scores on one machine.
/// </remarks>
public sealed class TextModel : IDisposable
{
    private const int RowsPerWindow = 2048;
    private const int TokensPerBatch = 4096;

    private readonly FineTunedModel _model;
    private readonly UseGate _gate;
    private long _forwardPasses;

    /// <summary>Takes over a model.</summary>
    internal TextModel(FineTunedModel model)
    {
        _model = model;
        _gate = new UseGate(model.Dispose, () => new ObjectDisposedException(nameof(TextModel),
            "The model was disposed; a PredictionEngine disposes its transformer "
            + "unless PredictionEngineOptions.OwnsTransformer is false."));
    }

    /// <summary>Predicts with a model that a loop of your own has trained: its adapters are merged where they can be.</summary>
    /// <param name="model">The model; its parts belong to the result, so it must not be used any more.</param>
    /// <param name="description">What its outputs mean, and how long texts may be.</param>
    /// <exception cref="InvalidDataException">
    /// The description does not fit the model, or what the model computes is not finite.
    /// </exception>
    public static TextModel Create(TrainableModel model, TextModelDescription description)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(description);
        return new TextModel(model.Finish(description));
    }

    /// <summary>What the model expects and gives.</summary>
    public TextModelDescription Description => _model.Description;

    /// <summary>
    /// The number format of the encoder's products while predicting: that of training (<see cref="TextModelDescription.Precision"/>) until
    /// it is set. A model that was trained in float32 predicts faster in bfloat16 on processors with bf16 instructions and on GPUs, with
    /// scores that differ by about 1e-2; one that was trained in bfloat16 predicts in float32, too.
    /// </summary>
    /// <remarks>
    /// May be set at any time, from any thread: batches that have begun end in the format in which they began, and those that begin later,
    /// for whoever uses this model, have the new one. Bfloat16 keeps a second copy of the encoder's matrices, half as large, until the
    /// model is disposed. It is no part of what <see cref="Save(string)"/> writes.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the enumeration's.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public ComputePrecision Precision
    {
        get => _model.Classifier.Encoder.Precision;
        set
        {
            if (!Enum.IsDefined(value))
                throw new ArgumentOutOfRangeException(nameof(value), value, "It is no number format; give Float32 or BFloat16.");
            using UseGate.Use use = Use();
            _model.Classifier.Encoder.Precision = value;
        }
    }

    /// <summary>
    /// What whoever made it by <see cref="LoadPeft"/> or by training should know, one sentence each: settings without effect, parts of the
    /// files that were left out, a trained head of the base model that is not used. Empty when all is well, and in saved models.
    /// </summary>
    public IReadOnlyList<string> Warnings => _model.Warnings;

    /// <summary>
    /// The configuration that the adapter came with; null when it was trained here. It is saved with the model, and
    /// <see cref="SavePeft"/> writes it again: unknown settings and the base model's name and revision too.
    /// </summary>
    public PeftConfiguration? PeftConfiguration => _model.PeftConfiguration;

    /// <summary>What predicts, for whoever saves it in another form; used within <see cref="Use"/>.</summary>
    internal FineTunedModel Parts => _model;

    /// <summary>How many batches went through the network so far: shows that rows are batched.</summary>
    internal long ForwardPasses => Interlocked.Read(ref _forwardPasses);

    /// <summary>The scores of some texts, or pairs of texts.</summary>
    /// <param name="texts">The texts; empty ones are allowed.</param>
    /// <param name="secondTexts">The second text of each; null exactly when the model does not take pairs.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">
    /// Second texts are missing, or given to a model that takes none, or fewer or more than texts; a text is no valid Unicode.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TextScores Predict(
        IReadOnlyList<string> texts, IReadOnlyList<string>? secondTexts = null, CancellationToken cancellationToken = default)
        => Predict(texts, secondTexts, row => $"row {row}", cancellationToken);

    /// <summary>The same with other names for the rows, in messages: the texts may be a window of the user's.</summary>
    internal TextScores Predict(
        IReadOnlyList<string> texts, IReadOnlyList<string>? secondTexts, Func<int, string> rowName,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using UseGate.Use use = Use();
        if (secondTexts is null == Description.TakesPairs)
            throw new ArgumentException(Description.TakesPairs
                ? "The model reads pairs of texts; give the second texts, too."
                : "The model reads single texts; leave the second texts out.", nameof(secondTexts));
        if (secondTexts is not null && secondTexts.Count != texts.Count)
            throw new ArgumentException($"There are {texts.Count} texts, but {secondTexts.Count} second texts; "
                + "every row needs both.", nameof(secondTexts));

        var scores = new float[checked(texts.Count * Description.OutputCount)];
        int truncated = 0;
        for (int start = 0; start < texts.Count; start += RowsPerWindow)
        {
            int count = Math.Min(RowsPerWindow, texts.Count - start);
            string[] first = [.. Enumerable.Range(start, count).Select(i => texts[i])];
            string[]? second = secondTexts is null ? null : [.. Enumerable.Range(start, count).Select(i => secondTexts[i])];
            TokenizedDataset tokens = TokenizedDataset.CreateNamed(
                _model.Base.Tokenizer, first, second, Description.MaxLength, InWindow(start), cancellationToken);
            truncated += tokens.TruncatedRows;
            Score(tokens, scores.AsSpan(start * Description.OutputCount), cancellationToken);
        }
        return new TextScores(scores, Description.OutputCount, truncated);

        Func<int, string> InWindow(int start) => row => rowName(start + row);
    }

    /// <summary>
    /// Writes the whole model, base weights included, as one zip file. It is written beside the path, flushed to the disk and renamed: an
    /// earlier file is replaced only by a whole new one.
    /// </summary>
    /// <exception cref="IOException">The path is that of a directory, its directory does not exist, or the disk is full.</exception>
    public void Save(string path)
    {
        using UseGate.Use use = Use();
        AtomicFile.Write(path, Save);
    }

    /// <summary>Writes the whole model, base weights included, as one zip file to a stream, which stays open.</summary>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using UseGate.Use use = Use();
        ModelArchive.Save(_model, stream);
    }

    /// <summary>Reads a model that <see cref="Save(string)"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the model goes; null: the CPU.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or of a newer version.</exception>
    public static TextModel Load(string path, Device? device = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"The model file '{path}' does not exist.", path);
        using FileStream stream = RegularFile.Open(path);
        return Load(stream, device);
    }

    /// <summary>Reads a model that <see cref="Save(Stream)"/> wrote. All of it is checked before anything is used.</summary>
    /// <param name="stream">The stream; stays open. Large parts of it go through a temporary file, not through memory.</param>
    /// <param name="device">Where the model goes; null: the CPU.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or of a newer version.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static TextModel Load(Stream stream, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        NativeLibraries.Require();
        return new TextModel(ModelArchive.Load(stream, device));
    }

    /// <summary>Makes a model of an adapter that Python's PEFT trained (or <see cref="SavePeft"/> saved).</summary>
    /// <param name="adapterDirectory">
    /// The directory with adapter_config.json and adapter_model.safetensors. A tokenizer beside them is used instead of the base model's,
    /// and labels.json, which <see cref="SavePeft"/> writes, gives the arguments that are null here.
    /// </param>
    /// <param name="baseModel">
    /// The base model that it was trained on, see <see cref="BaseModel.Open"/>. What the configuration names is never opened.
    /// </param>
    /// <param name="labels">
    /// The names of the classes or labels in the order of the head's outputs; null: those of labels.json, else of the base model's
    /// config.json (id2label) where it names as many, else LABEL_0, LABEL_1, ... as in Hugging Face.
    /// </param>
    /// <param name="takesPairs">True when it reads two texts at once; null: what labels.json says, else false.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what labels.json says, else what the base model can take.</param>
    /// <param name="device">Where the model goes; null: the CPU.</param>
    /// <param name="kind">
    /// What its outputs mean, which PEFT's files do not say; null: what labels.json says, else the base model's problem_type where its head
    /// has as many outputs, else regression when there is one, else classification.
    /// </param>
    /// <returns>The model; its <see cref="Warnings"/> say what of the files was left out or has no effect.</returns>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, has no classification head, or does not fit the base model, the labels or the kind; or two labels have one name;
    /// or labels.json says that the adapter was trained on another base model.
    /// </exception>
    /// <exception cref="ArgumentException">The maximum length is more than the base model can take.</exception>
    /// <exception cref="NotSupportedException">A method or a setting that is not supported; the message names it.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static TextModel LoadPeft(
        string adapterDirectory, string? baseModel = null, IReadOnlyList<string>? labels = null, bool? takesPairs = null,
        int? maxLength = null, Device? device = null, TextModelKind? kind = null)
    {
        NativeLibraries.Require();
        return new TextModel(ImportedModel.FromPeft(adapterDirectory, baseModel, labels, takesPairs, maxLength, device, kind));
    }

    /// <summary>
    /// Makes a model of a Hugging Face directory of a RobertaForSequenceClassification: encoder and head as they are, without any adapter.
    /// </summary>
    /// <param name="directory">The directory; see <see cref="BaseModel.Open"/>.</param>
    /// <param name="labels">
    /// The names of the classes or labels in the order of the head's outputs; null: those of config.json (id2label), else LABEL_0, LABEL_1,
    /// ...
    /// </param>
    /// <param name="takesPairs">True when it reads two texts at once, which the files do not say.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the model can take.</param>
    /// <param name="device">Where the model goes; null: the CPU.</param>
    /// <param name="kind">
    /// What its outputs mean; null: problem_type of config.json, else regression when there is one, else classification.
    /// </param>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, there is no classification head, or it does not fit the labels or the kind; or two labels have one name.
    /// </exception>
    /// <exception cref="ArgumentException">The maximum length is more than the model can take.</exception>
    /// <exception cref="NotSupportedException">Another architecture or tokenizer; the message names it.</exception>
    public static TextModel LoadPretrained(
        string directory, IReadOnlyList<string>? labels = null, bool takesPairs = false, int? maxLength = null, Device? device = null,
        TextModelKind? kind = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new TextModel(ImportedModel.FromPretrained(directory, labels, takesPairs, maxLength, device, kind));
    }

    /// <summary>
    /// Saves adapter and head, without the base model, as Python's PEFT does. The labels' names, the model's kind, its maximum length and
    /// by what its base model's weights are known again, which are not part of that format, go into a file of our own beside it,
    /// labels.json, which PEFT passes over.
    /// </summary>
    /// <param name="directory">The directory; made when it does not exist.</param>
    /// <param name="baseModelName">Name or path of the base model for PEFT; null: that of <see cref="PeftConfiguration"/>, or none.</param>
    /// <param name="format">
    /// Who shall read it; default PEFT, for which DeLoRA with frozen copies, which PEFT does not have, is saved as the LoRA of twice the
    /// rank that it equals exactly.
    /// </param>
    /// <returns>The method that was written: the model's own, or the LoRA that it equals.</returns>
    /// <exception cref="InvalidOperationException">Only the head was trained.</exception>
    /// <exception cref="NotSupportedException">The reader has no form for the method or an option; the message says which.</exception>
    /// <exception cref="ArgumentException"><see cref="AdapterFormat.LoRA"/> for another method than DeLoRA.</exception>
    public AdapterMethod SavePeft(string directory, string? baseModelName = null, AdapterFormat format = AdapterFormat.Peft)
    {
        using UseGate.Use use = Use();
        return _model.SavePeft(directory, baseModelName, format);
    }

    /// <summary>
    /// Frees the model's tensors, once every prediction and saving that runs has ended. Called within one of them, by its own thread, it
    /// returns at once, and the last of them frees. Later calls of the model throw <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose() => _gate.Close();

    /// <summary>Keeps the model from being freed until what it gives is disposed, on the same thread.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    internal UseGate.Use Use() => _gate.Enter();

    // Rows of similar length share a batch: little padding inside attention, and the order of the caller's rows does not matter.
    private void Score(TokenizedDataset tokens, Span<float> scores, CancellationToken cancellationToken)
    {
        int outputs = Description.OutputCount;
        foreach (int[] rows in LengthSortedBatches.Create(tokens.Count, tokens.Length, TokensPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] own = _model.Scores([.. rows.Select(tokens.RowMemory)], tokens.HasPairs ? [.. rows.Select(tokens.SecondStart)] : null);
            Interlocked.Increment(ref _forwardPasses);
            for (int i = 0; i < rows.Length; i++)
                own.AsSpan(i * outputs, outputs).CopyTo(scores[(rows[i] * outputs)..]);
        }
    }
}
