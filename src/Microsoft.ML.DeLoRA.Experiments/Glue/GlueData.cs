using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>The rows of one part of a GLUE task.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class GlueData
{
    // The rows' numbers, from 0, among those of the file; null: their own.
    private readonly IReadOnlyList<int>? _numbers;

    internal GlueData(GlueTask task, IReadOnlyList<GlueRow> rows, IReadOnlyList<int> brokenLines, IReadOnlyList<int>? numbers = null)
        => (Task, Rows, BrokenLines, _numbers) = (task, rows, brokenLines, numbers);

    /// <summary>The task.</summary>
    public GlueTask Task { get; }

    /// <summary>The rows, in the order of the file.</summary>
    public IReadOnlyList<GlueRow> Rows { get; }

    /// <summary>Numbers, from 1, of the lines that were left out; see <see cref="GlueTask.HasBrokenLines"/>.</summary>
    public IReadOnlyList<int> BrokenLines { get; }

    /// <summary>Reads a file: JSON lines when its name ends in .json or .jsonl, else TSV.</summary>
    /// <param name="task">The task.</param>
    /// <param name="path">The file; UTF-8.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is malformed; the message names file, line, and what is wrong.</exception>
    public static GlueData Read(GlueTask task, string path)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentException.ThrowIfNullOrEmpty(path);
        GlueData data =
            Path.GetExtension(path).ToLowerInvariant() is ".json" or ".jsonl" ? GlueJson.Read(task, path) : GlueTsv.Read(task, path);
        return data.Rows.Count > 0 ? data : throw new InvalidDataException($"{path} has no rows.");
    }

    /// <summary>Some of the rows, in the order given.</summary>
    /// <param name="rows">Row numbers, from 0.</param>
    public GlueData Select(IEnumerable<int> rows)
    {
        int[] numbers = [.. rows];
        return new GlueData(Task, [.. numbers.Select(r => Rows[r])], [], [.. numbers.Select(r => _numbers?[r] ?? r)]);
    }

    /// <summary>The rows as training data.</summary>
    /// <param name="tokenizer">The base model's tokenizer.</param>
    /// <param name="maxLength">Most tokens of a row; what is over is cut.</param>
    /// <param name="truncated">How many rows were cut.</param>
    /// <param name="cancellationToken">Stops within a few hundred rows.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TrainingData Tokenize(
        ITextTokenizer tokenizer, int maxLength, out int truncated, CancellationToken cancellationToken = default)
    {
        string[]? seconds = Task.IsPair ? [.. Rows.Select(r => r.Second!)] : null;
        var names = new RowNames(_numbers ?? [.. Enumerable.Range(0, Rows.Count)]);
        TokenizedDataset texts =
            TokenizedDataset.CreateNamed(tokenizer, [.. Rows.Select(r => r.First)], seconds, maxLength, names.NameOf, cancellationToken);
        truncated = texts.TruncatedRows;
        TrainingData data = Task.IsRegression
            ? TrainingData.Regression(texts, [.. Rows.Select(r => r.Label)])
            : TrainingData.Classification(texts, [.. Rows.Select(r => (int)r.Label)], Task.Labels.Count);
        return data.Named(names);
    }
}
