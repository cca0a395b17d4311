using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The rows of a table as training needs them: texts, and class indices or numbers.</summary>
internal sealed class LabelledTexts
{
    private readonly IReadOnlyList<string> _first;
    private readonly IReadOnlyList<string>? _second;
    private readonly IReadOnlyList<float> _targets;

    private LabelledTexts(IReadOnlyList<string> first, IReadOnlyList<string>? second, IReadOnlyList<float> targets)
        => (_first, _second, _targets) = (first, second, targets);

    public int Count => _targets.Count;

    /// <summary>How many rows were left out because they have no label.</summary>
    public int RowsWithoutLabel { get; private init; }

    public bool LabelsAreEqual => _targets.All(t => t == _targets[0]);

    public bool HasText => _first.Concat(_second ?? []).Any(t => !string.IsNullOrWhiteSpace(t));

    /// <summary>Reads a table once, from first row to last.</summary>
    /// <param name="data">The table.</param>
    /// <param name="labels">What its label column means.</param>
    /// <param name="texts">Its text columns, one or two.</param>
    /// <param name="purpose">What the rows are for, in messages: training or validation.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    public static LabelledTexts Read(
        IDataView data, TrainingLabels labels, DataViewSchema.Column[] texts, string purpose, CancellationToken cancellationToken)
    {
        DataViewSchema.Column label = labels.Find(data.Schema);
        using DataViewRowCursor cursor = data.GetRowCursor([label, .. texts]);
        var collector = new TextCollector(cursor, texts);
        Func<float?> target = labels.CreateReader(cursor, label, purpose);
        var targets = new List<float>();
        int missing = 0;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (target() is not { } value)
            {
                missing++;
                continue;
            }
            targets.Add(value);
            collector.Add();
        }
        return new LabelledTexts(collector.First, collector.Second, targets) { RowsWithoutLabel = missing };
    }

    /// <summary>Draws rows by chance: about that share of them, at least one, and at least one is left.</summary>
    public (LabelledTexts Kept, LabelledTexts Drawn) Split(double fraction, int seed)
    {
        int[] order = [.. Enumerable.Range(0, Count)];
        new Random(seed).Shuffle(order);
        int drawn = Math.Clamp((int)Math.Round(fraction * Count), 1, Math.Max(1, Count - 1));
        return (Take([.. order[drawn..].Order()]), Take([.. order[..drawn].Order()]));
    }

    public TrainingData Tokenize(
        RobertaTokenizer tokenizer, TextModelDescription description, out int truncatedRows, CancellationToken cancellationToken)
    {
        TokenizedDataset tokens = TokenizedDataset.Create(tokenizer, _first, _second, description.MaxLength, cancellationToken: cancellationToken);
        truncatedRows = tokens.TruncatedRows;
        return description.Kind == TextModelKind.Regression
            ? TrainingData.Regression(tokens, _targets)
            : TrainingData.Classification(tokens, [.. _targets.Select(t => (int)t)], description.OutputCount);
    }

    private LabelledTexts Take(int[] rows)
        => new(
            [.. rows.Select(r => _first[r])],
            _second is null ? null : [.. rows.Select(r => _second[r])],
            [.. rows.Select(r => _targets[r])]);
}
