using Microsoft.ML.DeLoRA.MLNet;
using static Microsoft.ML.DeLoRA.TrainingOptions;

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
    /// The pretrained model: a Hugging Face directory (config.json, model.safetensors, and vocab.json with merges.txt or tokenizer.json);
    /// the file of a model that was saved here, whose encoder as it predicts is the base then; null (default) or <c>roberta-nano</c>: the
    /// small model that is part of this library. A head in it is trained on where its labels have the names of the training data's.
    /// </summary>
    public string? BaseModel { get; init; }

    /// <summary>
    /// A directory with an adapter in PEFT's format that was trained on <see cref="BaseModel"/> and is now trained on, its head too where
    /// the labels agree (where it has no names of labels: in their order); its method takes the place of <see cref="Adapter"/>, which is
    /// left as it is. As PEFT's <c>from_pretrained(..., is_trainable=True)</c>; word embeddings that are saved with it train, too. Null
    /// (default): a new adapter.
    /// </summary>
    public string? AdapterDirectory { get; init; }

    /// <summary>The adapter method with its options; default DeLoRA of rank 8 on query and value. Null trains the head only.</summary>
    public AdapterMethod? Adapter { get; init; } = _defaultAdapter;

    /// <summary>Epochs, batch size, learning rates, seed.</summary>
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

    /// <summary>The task.</summary>
    internal abstract TextModelKind Kind { get; }

    /// <summary>The columns of the transformer that comes out.</summary>
    /// <param name="values">The values behind the label column's keys; null when there are none.</param>
    internal virtual TextColumns Columns(LabelValues? values)
        => new() { Text = TextColumnName, SecondText = SecondTextColumnName, Score = ScoreColumnName };

    /// <summary>The task of some training rows.</summary>
    /// <exception cref="ArgumentException">The label column is missing or of the wrong type, or the options do not fit it.</exception>
    internal abstract TextTask CreateTask(IDataView rows);

    /// <summary>Checks the label column of a shape and adds the transformer's columns.</summary>
    /// <exception cref="ArgumentException">The label column is missing or of the wrong type.</exception>
    internal abstract SchemaShape AddTo(SchemaShape input);

    /// <summary>The defaults of a task.</summary>
    internal static DeLoRATextOptions Of(TextModelKind kind) => kind switch
    {
        TextModelKind.Regression => new DeLoRATextRegressionOptions(),
        TextModelKind.MultiLabelClassification => new DeLoRATextMultiLabelClassificationOptions(),
        _ => new DeLoRATextClassificationOptions(),
    };

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
        Require(ValidationFraction is null or (> 0 and < 1), nameof(ValidationFraction), ValidationFraction,
            "null or a number above 0 and below 1");
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
            throw new ArgumentException(
                $"{option} needs rows to validate on; set {nameof(ValidationSet)} or {nameof(ValidationFraction)}.", option);
    }

    private protected static void RequireName(string? name, string option)
        => Require(!string.IsNullOrEmpty(name), option, name is null ? "null" : "empty", "the name of a column");
}

/// <summary>How to fine-tune a text classifier. Every property has a default that suits some thousand short texts.</summary>
/// <remarks>Immutable, apart from what the objects in it allow; it may be shared between estimators.</remarks>
public sealed record DeLoRATextClassificationOptions : DeLoRATextOptions
{
    /// <summary>The added column with the predicted class: a key with the label column's key values.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    internal override IEnumerable<(string Option, string Column)> AddedColumns
        => base.AddedColumns.Append((nameof(PredictedLabelColumnName), PredictedLabelColumnName));

    internal override TextModelKind Kind => TextModelKind.Classification;

    internal override TextColumns Columns(LabelValues? values)
        => base.Columns(values) with
        {
            PredictedLabel = PredictedLabelColumnName,
            LabelType = values?.Kind.Name,
            LabelValues = values?.Texts,
        };

    internal override TextTask CreateTask(IDataView rows) => ClassificationTask.OfTraining(rows, LabelColumnName);

    internal override SchemaShape AddTo(SchemaShape input)
        => ClassificationTask.AddTo(input, LabelColumnName, PredictedLabelColumnName, ScoreColumnName);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireName(PredictedLabelColumnName, nameof(PredictedLabelColumnName));
        Require(PredictedLabelColumnName != ScoreColumnName, nameof(ScoreColumnName), ScoreColumnName,
            $"another name than {nameof(PredictedLabelColumnName)}");
    }
}

/// <summary>
/// How to fine-tune a model that gives each text, or pair of texts, a number. The loss is the mean squared error on the labels as they are,
/// as in Hugging Face's RobertaForSequenceClassification with one label.
/// </summary>
/// <remarks>Immutable, apart from what the objects in it allow; it may be shared between estimators.</remarks>
public sealed record DeLoRATextRegressionOptions : DeLoRATextOptions
{
    internal override TextModelKind Kind => TextModelKind.Regression;

    internal override TextTask CreateTask(IDataView rows) => RegressionTask.Of(rows.Schema, LabelColumnName);

    internal override SchemaShape AddTo(SchemaShape input) => RegressionTask.AddTo(input, LabelColumnName, ScoreColumnName);
}

/// <summary>
/// How to fine-tune a model that says of each text, or pair of texts, which of some labels apply: none, one or several. The loss is the
/// cross-entropy of one sigmoid for each label, Hugging Face's problem_type "multi_label_classification".
/// </summary>
/// <remarks>Immutable, apart from what the objects in it allow; it may be shared between estimators.</remarks>
public sealed record DeLoRATextMultiLabelClassificationOptions : DeLoRATextOptions
{
    /// <summary>The defaults; the label column is <c>Labels</c>.</summary>
    public DeLoRATextMultiLabelClassificationOptions() => LabelColumnName = "Labels";

    /// <summary>
    /// The labels' names, each another, in the order of the label column's slots. Null (default): the column's SlotNames, or "0", "1",
    /// ... when it has none.
    /// </summary>
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>The added column that says which labels apply: a vector of Boolean, in the order of the label column's slots.</summary>
    public string PredictedLabelsColumnName { get; init; } = "PredictedLabels";

    /// <summary>A label is predicted where its probability is above this; at least 0 and below 1, default 0.5.</summary>
    public float Threshold { get; init; } = 0.5f;

    internal override IEnumerable<(string Option, string Column)> AddedColumns
        => base.AddedColumns.Append((nameof(PredictedLabelsColumnName), PredictedLabelsColumnName));

    internal override TextModelKind Kind => TextModelKind.MultiLabelClassification;

    // The names are in the model's own description.
    internal override TextColumns Columns(LabelValues? values)
        => base.Columns(values) with { PredictedLabel = PredictedLabelsColumnName, Threshold = Threshold };

    internal override TextTask CreateTask(IDataView rows) => MultiLabelTask.Of(rows.Schema, LabelColumnName, LabelNames);

    internal override SchemaShape AddTo(SchemaShape input)
        => MultiLabelTask.AddTo(input, LabelColumnName, PredictedLabelsColumnName, ScoreColumnName);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireName(PredictedLabelsColumnName, nameof(PredictedLabelsColumnName));
        Require(PredictedLabelsColumnName != ScoreColumnName, nameof(ScoreColumnName), ScoreColumnName,
            $"another name than {nameof(PredictedLabelsColumnName)}");
        Require(Threshold is >= 0 and < 1, nameof(Threshold), Threshold, "at least 0 and below 1");
        if (LabelNames is not null && Models.LabelNames.FaultOf(LabelNames) is { } fault)
            throw new ArgumentException($"{nameof(LabelNames)}: {fault}. Give each label a name of its own.", nameof(LabelNames));
    }
}
