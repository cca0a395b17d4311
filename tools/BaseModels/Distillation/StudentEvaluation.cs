using System.Globalization;
using Microsoft.ML.DeLoRA.BaseModels.Corpus;
using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>How near a student's sentence vectors are to the teacher's, on texts that no step of the recipe has seen.</summary>
internal sealed class StudentEvaluation(TeacherModel teacher)
{
    private const int MostTexts = 1_000;
    private const int MaxLength = 128;

    /// <summary>Compares on each set and prints a line: name, texts, mean, 5th percentile, and the student's tokens a text.</summary>
    /// <param name="student">A directory.</param>
    /// <param name="sets">Texts by the set's name.</param>
    /// <param name="most">The most texts of a set.</param>
    /// <param name="worst">How many of the texts with the lowest cosines to print.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public void Run(
        string student, IEnumerable<(string Name, IReadOnlyList<string> Texts)> sets, int most, int worst, CancellationToken cancellation)
    {
        using BaseModel model = BaseModel.Open(student);
        using PackedEncoder encoder = model.CreateEncoder();
        foreach ((string name, IReadOnlyList<string> texts) in sets)
        {
            string[] taken = [.. texts.Take(Math.Min(most, MostTexts))];
            int[][] rows = [.. taken.Select(text => model.Tokenizer.Encode(text, null, MaxLength).Ids)];
            float[] cosines = Cosines(encoder, rows, taken, cancellation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-24} {taken.Length,5} texts  cosine {cosines.Average():F4}  "
                + $"5th percentile {cosines.Order().ElementAt(cosines.Length / 20):F4}  tokens a text {rows.Average(r => r.Length):F1}"));
            foreach ((float cosine, string text) in cosines.Zip(taken).OrderBy(pair => pair.First).Take(worst))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {cosine:F3}  {text}"));
        }
    }

    /// <summary>Held-out sentences of a corpus file.</summary>
    public static IReadOnlyList<string> HeldOut(string path)
        => [.. CorpusText.Paragraphs(path, heldOut: true)
            .SelectMany(words => Sentences.Split(words).Select(range => words[range]))
            .Where(words => words.Length is >= RowSource.LeastWords and <= RowSource.MostWords)
            .Select(words => string.Join(' ', words)).Take(MostTexts)];

    /// <summary>The first column of a tab-separated file with a header.</summary>
    public static IReadOnlyList<string> FirstColumn(string path)
        => [.. File.ReadLines(path).Skip(1).Select(line => line.Split('\t')[0].Trim('"')).Where(text => text.Length > 0)];

    private float[] Cosines(PackedEncoder encoder, IReadOnlyList<int[]> rows, string[] texts, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        WordPiece pieces = teacher.Pieces;
        int[][] own = [.. texts.Select(Ids)];
        Tensor expected = SentenceVectors.Compute(teacher.Encoder, own, cancellation);
        return SentenceVectors.Cosines(SentenceVectors.Compute(encoder, rows, cancellation), expected);

        int[] Ids(string text) => [pieces.BeginId, .. pieces.Encode(text).Take(MaxLength - 2).Select(p => p.Id), pieces.EndId];
    }
}
