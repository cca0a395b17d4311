using System.Collections.Concurrent;
using Microsoft.ML.DeLoRA.BaseModels.Transfer;
using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>Encodes words for both models. Neither's tokens reach over a blank, so each word is encoded once and kept.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RowEncoder(TokenSpans student, WordPiece teacher)
{
    private readonly ConcurrentDictionary<string, (int[] Student, int[] Teacher)> _words = new(StringComparer.Ordinal);

    /// <summary>Encodes a text, or a pair; null where a word is nothing to one of the models (a lone control character).</summary>
    public DistillationRow? Encode(IReadOnlyList<string> first, IReadOnlyList<string>? second)
    {
        var own = new Side(student.Tokenizer.BeginId);
        var other = new Side(teacher.BeginId);
        int word = 0;
        if (!Add(first, 0))
            return null;
        if (second is not null)
        {
            // RoBERTa parts two texts by </s></s>, BERT by one [SEP].
            own.AddSpecial(student.Tokenizer.EndId);
            if (!Add(second, teacher.Tokens.Count))
                return null;
        }
        return new DistillationRow([.. own.Ids], [.. own.Words], [.. other.Ids], [.. other.Words], word);

        bool Add(IReadOnlyList<string> words, int offset)
        {
            foreach (string text in words)
            {
                (int[] tokens, int[] pieces) = _words.GetOrAdd(text, t => (student.Encode(t), [.. teacher.Encode(t).Select(p => p.Id)]));
                if (tokens.Length == 0 || pieces.Length == 0)
                    return false;
                own.AddWord(tokens, word, 0);
                other.AddWord(pieces, word++, offset);
            }
            own.AddSpecial(student.Tokenizer.EndId);
            other.AddSpecial(teacher.EndId + offset);
            return true;
        }
    }

    private sealed class Side
    {
        public Side(int begin) => AddSpecial(begin);

        public List<int> Ids { get; } = [];

        public List<int> Words { get; } = [];

        public void AddSpecial(int id)
        {
            Ids.Add(id);
            Words.Add(-1);
        }

        public void AddWord(int[] ids, int word, int offset)
        {
            foreach (int id in ids)
            {
                Ids.Add(id + offset);
                Words.Add(word);
            }
        }
    }
}
