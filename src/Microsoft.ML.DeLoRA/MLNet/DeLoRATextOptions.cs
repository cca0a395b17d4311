using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA;

/// <summary>What fine-tuning for the tasks (classification, multi-label classification, regression) has in common.</summary>
/// <remarks>Immutable, apart from what the objects in it allow; it may be shared between estimators.</remarks>
public abstract record DeLoRATextOptions
{
    private static readonly AdapterMethod _defaultAdapter = new DeLoRAMethod();

    private protected DeLoRATextOptions()
    {
    }

    /// <summary>
    /// The column with the labels: in classification a key, as MapValueToKey makes it; in regression a Single; in multi-label
    /// classification a vector of Boolean. Rows without a label (a missing key, NaN) are left out of training, with a warning.
    /// </summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The column with the text.</summary>
    public string TextColumnName { get; init; } = "Text";

    /// <summary>The column with the second text of each row, for tasks on pairs of texts; null (default): single texts.</summary>
    public string? SecondTextColumnName { get; init; }

    /// <summary>The added column: in classification the probability of each class or label, in regression the predicted number.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>
    /// The pretrained model: a Hugging Face directory (config.json, model.safetensors, and vocab.json with merges.txt or tokenizer.json); the
    /// file of a model that was saved here, whose encoder as it predicts is the base then; null (default) or <c>roberta-nano</c>: the small
    /// model that is part of this library. A head in it is trained on where its labels have the names of the training data's.
    /// </summary>
    public string? BaseModel { get; init; }

    /// <summary>
    /// A directory with an adapter in PEFT's format that was trained on <see cref="BaseModel"/> and is now trained on, its head too where the
    /// labels agree (where it has no names of labels: in their order); its method takes the place of <see cref="Adapter"/>, which is left as
    /// it is. As PEFT's <c>from_pretrained(..., is_trainable=True)</c>; word embeddings that are saved with it train, too. Null (default): a new adapter.
    /// </summary>
    public string? AdapterDirectory { get; init; }

    /// <summary>The adapter method with its options; default DeLoRA of rank 8 on query and value. Null trains the head only.</summary>
    public AdapterMethod? Adapter { get; init; } = _defaultAdapter;

    /// <summary>Epochs, batch size, learning rates. Its seed is replaced by <see cref="Seed"/>.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>
    /// The most tokens of a text or pair, special ones counted; the ends of longer ones are cut, with a warning. Null (default): 256, as in
    /// the authors' code, or what the base model can take if that is less.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// Evaluated as a whole after each epoch to choose the best one. Same columns as the training data; keys are mapped by the same
    /// MapValueToKey. Null (default): see <see cref="ValidationFraction"/>.
    /// </summary>
    public IDataView? ValidationSet { get; init; }

    /// <summary>
    /// The share of the training rows, from above 0 to below 1, that is held back as validation set; not together with
    /// <see cref="ValidationSet"/>. Null (default): none, the last epoch is taken.
    /// </summary>
    public double? ValidationFraction { get; init; }

    /// <summary>
    /// What chooses the best epoch on the validation set, and what early stopping watches; needs such a set. Null
    /// (default): accuracy, in regression the mean squared error, in multi-label classification <see cref="MicroF1"/>.
    /// </summary>
    public IMetric? Metric { get; init; }

    /// <summary>Number format of the frozen products; default float32.</summary>
    public ComputePrecision Precision { get; init; }

    /// <summary>
    /// Seed of initial values, order of rows, dropout and split; equal seeds give bit-equal models on one machine. Null
    /// (default): drawn from the MLContext's own seed when the estimator is made.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>
    /// Told after every step and every epoch; null (default): nobody, but epochs and evaluations are in <c>MLContext.Log</c>
    /// anyway.
    /// </summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Told what is to be trained on what, before the first step.</summary>
    internal Action<TrainingStart>? Started { get; init; }

    /// <summary>Stops training within a step.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The options that name the added columns, with the names.</summary>
    internal virtual IEnumerable<(string Option, string Column)> AddedColumns => [(nameof(ScoreColumnName), ScoreColumnName)];

    /// <summary>What is allowed and yet seldom meant: an added column that hides one of the inputs. One sentence each.</summary>
    internal IEnumerable<string> Warnings()
    {
        (string Option, string? Column)[] inputs =
        [
            (nameof(LabelColumnName), LabelColumnName),
            (nameof(TextColumnName), TextColumnName),
            (nameof(SecondTextColumnName), SecondTextColumnName),
        ];
        return
            from added in AddedColumns
            from input in inputs
            where added.Column == input.Column
            select $"{added.Option} and {input.Option} are both '{added.Column}': the added column hides the input, so that what reads the "
                + $"result (Evaluate, for one) no longer finds the input's values; set {added.Option} to another name.";
    }

    /// <summary>Says which option is out of range.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it, what was found and what is allowed.</exception>
    public virtual void Validate()
    {
        RequireName(LabelColumnName, nameof(LabelColumnName));
        RequireName(TextColumnName, nameof(TextColumnName));
        RequireName(ScoreColumnName, nameof(ScoreColumnName));
        Require(SecondTextColumnName is not "", nameof(SecondTextColumnName), "empty", "null or the name of a column");
        Require(SecondTextColumnName != TextColumnName, nameof(SecondTextColumnName), SecondTextColumnName,
            $"another column than {nameof(TextColumnName)}");
        Require(AdapterDirectory is not "", nameof(AdapterDirectory), "empty", "null or a directory");
        Require(AdapterDirectory is null || ReferenceEquals(Adapter, _defaultAdapter), nameof(Adapter), Adapter?.Name ?? "null",
            $"left out where {nameof(AdapterDirectory)} is set, which names the method itself");
        AdapterMethods.Require(Adapter, nameof(Adapter));
        Require(Training is not null, nameof(Training), "null", "an object");
        Training.Validate();
        Require(MaxLength is null or >= 4, nameof(MaxLength), MaxLength, "null or at least 4");
        Require(ValidationFraction is null or (> 0 and < 1), nameof(ValidationFraction), ValidationFraction, "null or a number above 0 and below 1");
        Require(ValidationFraction is null || ValidationSet is null,
            nameof(ValidationFraction), ValidationFraction, $"null when there is a {nameof(ValidationSet)}");
        bool validates = ValidationSet is not null || ValidationFraction is not null;
        RequireValidation(validates || Metric is null, nameof(Metric));
        RequireValidation(validates || Training.EarlyStopping is null, $"{nameof(Training)}.{nameof(Training.EarlyStopping)}");
        RequireValidation(validates || Training.EvaluateEverySteps is null, $"{nameof(Training)}.{nameof(Training.EvaluateEverySteps)}");
        Require(Enum.IsDefined(Precision), nameof(Precision), Precision, "a value of the enumeration");
    }

    private static void RequireValidation(bool fine, string option)
    {
        if (!fine)
            throw new ArgumentException($"{option} needs rows to validate on; set {nameof(ValidationSet)} or {nameof(ValidationFraction)}.", option);
    }

    private protected static void RequireName(string? name, string option)
        => Require(!string.IsNullOrEmpty(name), option, name is null ? "null" : "empty", "the name of a column");

    private protected static void Require([DoesNotReturnIf(false)] bool fine, string option, object? found, string allowed)
    {
        if (!fine)
            throw new ArgumentException($"{option} is {found}; it must be {allowed}.", option);
    }
}
