using System.Text.Json;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tokenization;

namespace Benchmarks;

/// <summary>What gpu/throughput.py asks for: a model's shape and batches of token ids, which it computes itself, too.</summary>
/// <param name="Vocabulary">Tokens in the vocabulary.</param>
/// <param name="Hidden">Width of the hidden states.</param>
/// <param name="Layers">Encoder layers.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Rank">Rank of the LoRA adapters on query and value.</param>
/// <param name="Warmup">Batches at the start that are not timed.</param>
/// <param name="Batches">By name: batches of rows of token ids.</param>
internal sealed record ThroughputWork(
    int Vocabulary, int Hidden, int Layers, int Heads, int Rank, int Warmup, IReadOnlyDictionary<string, int[][][]> Batches)
{
    public static ThroughputWork Read(string path)
        => JsonSerializer.Deserialize<ThroughputWork>(File.ReadAllText(path), JsonSerializerOptions.Web)
            ?? throw new InvalidDataException($"'{path}' holds no work.");

    public EncoderConfiguration Configuration => new()
    {
        VocabularySize = Vocabulary,
        HiddenSize = Hidden,
        LayerCount = Layers,
        HeadCount = Heads,
        IntermediateSize = 4 * Hidden,
        PositionCount = 514,
    };

    public AdapterMethod Method(string training) => training == "lora" ? new LoRAMethod { Rank = Rank } : new FullFineTuningMethod();

    /// <summary>All rows of some batches end to end, and which rows make each batch.</summary>
    public static (TokenizedDataset Texts, int[][] Rows) Dataset(int[][][] batches)
    {
        int[] offsets = [0, .. batches.SelectMany(b => b).Select(r => r.Length)];
        for (int row = 1; row < offsets.Length; row++)
            offsets[row] += offsets[row - 1];
        var rows = new int[batches.Length][];
        int first = 0;
        for (int batch = 0; batch < batches.Length; batch++)
        {
            rows[batch] = [.. Enumerable.Range(first, batches[batch].Length)];
            first += batches[batch].Length;
        }
        return (new TokenizedDataset([.. batches.SelectMany(b => b).SelectMany(r => r)], offsets, truncatedRows: 0), rows);
    }
}
