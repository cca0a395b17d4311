using System.Text;
using System.Text.Json;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Text;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>
/// Corpus files -> vocabulary -> token files -> a small RoBERTa pretrained by masked-language modelling -> a Hugging Face
/// directory in float16. Every stage leaves its result in the output folder, so a stopped run goes on where it was.
/// </summary>
internal sealed class Pretrainer(PretrainOptions options)
{
    private string InOutput(string name) => Path.Combine(options.Output, name);

    public void Run(CancellationToken cancellation)
    {
        options.Validate();
        AtomicFile.CheckWritableDirectory(InOutput("work"));
        if (options.Corpus.FirstOrDefault(f => !File.Exists(f)) is { } missing)
            throw new UsageException($"--corpus: there is no file '{missing}'.");
        Directory.CreateDirectory(InOutput("work"));
        ITextTokenizer tokenizer = Vocabulary(cancellation);
        ushort[][] files = [.. options.Corpus.Select((file, i) =>
        {
            ushort[] tokens = Corpus.Tokens(file, InOutput($"work/{i}-{Path.GetFileName(file)}.tokens"), tokenizer, cancellation);
            Console.WriteLine($"{file}: {tokens.Length / 1e6:F1} M tokens");
            return tokens;
        })];

        EncoderConfiguration configuration = options.Configuration(tokenizer.VocabularySize);
        using var weights = new RandomWeights(configuration, options.Seed);
        using var model = new MaskedLanguageModel(configuration, weights);
        bool finished = Train(model, files, tokenizer, cancellation);
        ModelExport.Write(options.Output, model, configuration);
        Console.WriteLine(finished
            ? $"Model written to {options.Output}."
            : $"Stopped before the last step; the model so far is in {options.Output}. The same command goes on.");
    }

    private ITextTokenizer Vocabulary(CancellationToken cancellation)
    {
        string vocabulary = InOutput("vocab.json");
        string merges = InOutput("merges.txt");
        if (!File.Exists(vocabulary) || !File.Exists(merges))
        {
            Console.WriteLine("Counting words ...");
            Dictionary<string, long> words = Corpus.CountWords(options.Corpus, cancellation);
            Console.WriteLine($"{words.Count:N0} different words; merging to {options.VocabularySize:N0} tokens ...");
            (IReadOnlyList<string> tokens, IReadOnlyList<(string Left, string Right)> pairs) =
                BpeTrainer.Train(words.Where(w => w.Value > 2), options.VocabularySize, cancellation);
            string[] lines = ["#version: 0.2", .. pairs.Select(p => $"{p.Left} {p.Right}")];
            AtomicFile.WriteAll(
                (vocabulary, stream => JsonSerializer.Serialize(stream, tokens.Select((t, i) => (t, i)).ToDictionary(x => x.t, x => x.i))),
                (merges, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + Environment.NewLine))))));
        }
        return RobertaTokenizer.FromFiles(vocabulary, merges);
    }

    private bool Train(MaskedLanguageModel model, IReadOnlyList<ushort[]> files, ITextTokenizer tokenizer, CancellationToken cancellation)
    {
        string checkpoint = InOutput("work/checkpoint.safetensors");
        if (!File.Exists(checkpoint))
            Initialize(model, files);
        model.Encoder.Precision = options.Precision;
        model.MoveTo(options.Device ?? CPU);

        var rows = new MaskedRowSource(files, options.Mix, tokenizer, options.MaskRatio, options.Seed);
        using var run = new PretrainingRun(options, model, checkpoint, new PretrainLog(InOutput("training-log.tsv")));
        bool finished = run.Train(Batch, cancellation);
        PositionTable.Repeat(model.Encoder, options.LongShare > 0 ? options.LongSequenceLength : options.SequenceLength);
        return finished;

        MaskedBatch Batch(int step)
        {
            int length = options.RowLength(step);
            return MaskedBatch.Create(rows.Next(step, options.RowCount(length), length), tokenizer.PadId, options.Device ?? CPU);
        }
    }

    private void Initialize(MaskedLanguageModel model, IReadOnlyList<ushort[]> files)
    {
        Console.WriteLine("Token embeddings from co-occurrences ...");
        EncoderConfiguration configuration = model.Encoder.Configuration;
        using var scope = NewDisposeScope();
        Tensor vectors = EmbeddingInitializer.Create(
            files, configuration.VocabularySize, configuration.HiddenSize, 2 * configuration.InitializerRange, options.Seed);
        model.Encoder.WordEmbeddings.CopyFrom(vectors);

        // The output starts at the tokens' frequencies, so training need not learn those first.
        double[] frequencies = TokenCounts.Frequencies(files, configuration.VocabularySize);
        Tensor bias = tensor(frequencies.Select(f => (float)Math.Log(f)).ToArray());
        model.OutputBias.CopyFrom(bias);
    }
}
