namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// The nine tasks of GLUE. Hyperparameters: the DeLoRA paper, table 9; validation rows: its table 7 and the authors' code.
/// </summary>
public static class GlueTasks
{
    private static readonly GlueColumns _sentences = new("sentence1", "sentence2", "label");
    private static readonly GlueColumns _sentence = new("sentence", null, "label");
    private static readonly IMetric _accuracy = new Accuracy();
    private static readonly IMetric[] _f1AndMean = [new F1Score(), new MeanMetric(new Accuracy(), new F1Score())];

    /// <summary>Corpus of Linguistic Acceptability: is a sentence English?</summary>
    public static GlueTask CoLA { get; } = new()
    {
        Name = "CoLA", Configuration = "cola",
        TsvColumns = _sentence, TsvHeader = ["source", "label", "star", "sentence"], JsonColumns = _sentence,
        Labels = ["unacceptable", "acceptable"],
        TrainCount = 8551, ValidationCount = 1043, SwapsHalves = true,
        Metric = new MatthewsCorrelation(), OtherMetrics = [_accuracy],
        Preset = new(Lambda: 4, LearningRate: 1e-2, LambdaLearningRate: 1e-2, BatchSize: 8, Epochs: 80, Dropout: 0.2),
    };

    /// <summary>Stanford Sentiment Treebank: does a film review praise?</summary>
    public static GlueTask Sst2 { get; } = new()
    {
        Name = "SST-2", Configuration = "sst2",
        TsvColumns = _sentence, JsonColumns = _sentence,
        Labels = ["negative", "positive"],
        TrainCount = 67349, ValidationCount = 872,
        Metric = _accuracy,
        Preset = new(Lambda: 12, LearningRate: 1e-3, LambdaLearningRate: 3e-3, BatchSize: 32, Epochs: 30, Dropout: 0.1),
    };

    /// <summary>Microsoft Research Paraphrase Corpus: do two sentences say the same?</summary>
    public static GlueTask Mrpc { get; } = new()
    {
        Name = "MRPC", Configuration = "mrpc",
        TsvColumns = new("#1 String", "#2 String", "Quality"), JsonColumns = _sentences,
        Labels = ["not_equivalent", "equivalent"],
        TrainCount = 3668, ValidationCount = 408,
        Metric = _accuracy, OtherMetrics = _f1AndMean,
        Preset = new(Lambda: 4, LearningRate: 3e-2, LambdaLearningRate: 1e-2, BatchSize: 32, Epochs: 40, Dropout: 0.2),
    };

    /// <summary>
    /// Semantic Textual Similarity Benchmark: how alike are two sentences, from 0 to 5? The paper shows the mean of both correlations; the
    /// authors' code chooses the epoch by Pearson's.
    /// </summary>
    public static GlueTask StsB { get; } = new()
    {
        Name = "STS-B", Configuration = "stsb",
        TsvColumns = new("sentence1", "sentence2", "score"), JsonColumns = _sentences,
        LargestScore = 5,
        TrainCount = 5749, ValidationCount = 1500,
        Metric = new MeanMetric(new PearsonCorrelation(), new SpearmanCorrelation()), SelectionMetric = new PearsonCorrelation(),
        OtherMetrics = [new PearsonCorrelation(), new SpearmanCorrelation()],
        Preset = new(Lambda: 12, LearningRate: 1e-2, LambdaLearningRate: 1e-2, BatchSize: 8, Epochs: 40, Dropout: 0.2),
    };

    /// <summary>Quora Question Pairs: do two questions ask the same?</summary>
    public static GlueTask Qqp { get; } = new()
    {
        Name = "QQP", Configuration = "qqp",
        TsvColumns = new("question1", "question2", "is_duplicate"), HasBrokenLines = true,
        JsonColumns = new("question1", "question2", "label"),
        Labels = ["not_duplicate", "duplicate"],
        TrainCount = 363846, ValidationCount = 40430, ValidationRows = 1000,
        Metric = _accuracy, OtherMetrics = _f1AndMean,
        Preset = new(Lambda: 12, LearningRate: 3e-3, LambdaLearningRate: 3e-3, BatchSize: 32, Epochs: 25, Dropout: 0.1),
    };

    /// <summary>Multi-Genre Natural Language Inference: does the first sentence entail the second, contradict it, or neither?</summary>
    public static GlueTask Mnli { get; } = new()
    {
        Name = "MNLI", Configuration = "mnli",
        TsvColumns = new("sentence1", "sentence2", "gold_label"), JsonColumns = new("premise", "hypothesis", "label"),
        Labels = ["entailment", "neutral", "contradiction"],
        TrainCount = 392702, ValidationCount = 9815, MismatchedCount = 9832, ValidationRows = 1000,
        Metric = _accuracy,
        Preset = new(Lambda: 12, LearningRate: 1e-3, LambdaLearningRate: 3e-3, BatchSize: 32, Epochs: 30, Dropout: 0),
    };

    /// <summary>Question-answering NLI: does the sentence answer the question?</summary>
    public static GlueTask Qnli { get; } = new()
    {
        Name = "QNLI", Configuration = "qnli",
        TsvColumns = new("question", "sentence", "label"), JsonColumns = new("question", "sentence", "label"),
        Labels = ["entailment", "not_entailment"],
        TrainCount = 104743, ValidationCount = 5463, ValidationRows = 1000,
        Metric = _accuracy,
        Preset = new(Lambda: 12, LearningRate: 3e-3, LambdaLearningRate: 3e-3, BatchSize: 32, Epochs: 25, Dropout: 0.25),
    };

    /// <summary>Recognizing Textual Entailment: does the first text entail the second?</summary>
    public static GlueTask Rte { get; } = new()
    {
        Name = "RTE", Configuration = "rte",
        TsvColumns = _sentences, JsonColumns = _sentences,
        Labels = ["entailment", "not_entailment"],
        TrainCount = 2490, ValidationCount = 277,
        Metric = _accuracy,
        Preset = new(Lambda: 4, LearningRate: 1e-2, LambdaLearningRate: 1e-2, BatchSize: 32, Epochs: 80, Dropout: 0),
    };

    /// <summary>
    /// Winograd NLI: does the second sentence resolve a pronoun of the first rightly? Not in the paper: RTE's hyperparameters are used.
    /// </summary>
    public static GlueTask Wnli { get; } = new()
    {
        Name = "WNLI", Configuration = "wnli",
        TsvColumns = _sentences, JsonColumns = _sentences,
        Labels = ["not_entailment", "entailment"],
        TrainCount = 635, ValidationCount = 71,
        Metric = _accuracy,
        Preset = Rte.Preset,
    };

    /// <summary>All nine, in the order of the GLUE paper.</summary>
    public static IReadOnlyList<GlueTask> All { get; } = [CoLA, Sst2, Mrpc, StsB, Qqp, Mnli, Qnli, Rte, Wnli];

    /// <summary>A task by <see cref="GlueTask.Name"/> or <see cref="GlueTask.Configuration"/>, in any case.</summary>
    /// <exception cref="ArgumentException">There is no such task.</exception>
    public static GlueTask Find(string name)
        => All.FirstOrDefault(t => new[] { t.Name, t.Configuration }.Contains(name, StringComparer.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"There is no GLUE task '{name}'; there are: {string.Join(", ", All.Select(t => t.Configuration))}.", nameof(name));
}
