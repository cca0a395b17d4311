using System.Runtime.InteropServices;

namespace Microsoft.ML.DeLoRA.BaseModels.Corpus;

/// <summary>The sentences of a corpus, held-out lines aside. Words are kept once, so that all fit in memory.</summary>
/// <remarks>Thread-safe once it is read.</remarks>
internal sealed class SentenceStore
{
    private readonly List<string> _words = [];
    private readonly List<int> _text = [];
    private readonly List<(int Start, int Length, int Paragraph)> _sentences = [];
    private readonly List<int> _first = [];

    private SentenceStore()
    {
    }

    /// <summary>Number of sentences that a row may begin with: new ones of a length within the limits.</summary>
    public int Count => _first.Count;

    /// <summary>Reads the files.</summary>
    /// <param name="files">Text files, one paragraph a line.</param>
    /// <param name="least">Fewest words of a sentence that a row begins with.</param>
    /// <param name="most">Most words of a sentence.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static SentenceStore Read(IEnumerable<string> files, int least, int most, CancellationToken cancellation)
    {
        var store = new SentenceStore();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<UInt128>();
        int paragraph = 0;
        foreach (string[] words in files.SelectMany(file => CorpusText.Paragraphs(file, heldOut: false)))
        {
            cancellation.ThrowIfCancellationRequested();
            paragraph++;
            foreach (Range range in Sentences.Split(words))
            {
                (int start, int length) = range.GetOffsetAndLength(words.Length);
                if (length > most)
                    continue;
                int at = store._text.Count;
                UInt128 hash = 0;
                for (int i = start; i < start + length; i++)
                {
                    if (!ids.TryGetValue(words[i], out int id))
                    {
                        id = ids.Count;
                        ids.Add(words[i], id);
                        store._words.Add(words[i]);
                    }
                    store._text.Add(id);
                    hash = hash * 1_000_003 + (UInt128)(id + 1);
                }
                if (length >= least && seen.Add(hash))
                    store._first.Add(store._sentences.Count);
                store._sentences.Add((at, length, paragraph));
            }
        }
        return store;
    }

    /// <summary>The words of a sentence.</summary>
    public string[] Words(int index) => WordsOf(_first[index]);

    /// <summary>The words of the sentence that follows another one in its paragraph by so many; null where there is none.</summary>
    public string[]? Following(int index, int by)
    {
        int place = _first[index] + by;
        return place < _sentences.Count && _sentences[place].Paragraph == _sentences[_first[index]].Paragraph ? WordsOf(place) : null;
    }

    private string[] WordsOf(int place)
    {
        (int start, int length, _) = _sentences[place];
        return Array.ConvertAll(CollectionsMarshal.AsSpan(_text).Slice(start, length).ToArray(), id => _words[id]);
    }
}
