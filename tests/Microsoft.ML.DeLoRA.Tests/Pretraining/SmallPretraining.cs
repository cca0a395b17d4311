using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Pretraining;

namespace Microsoft.ML.DeLoRA.Tests.Pretraining;

/// <summary>A pretraining of seconds, in a directory of its own.</summary>
internal sealed class SmallPretraining : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public SmallPretraining()
    {
        string[] words = ["the", "cat", "sat", "on", "a", "mat", "and", "saw", "dogs", "run"];
        var random = new Random(3);
        File.WriteAllLines(_folder["corpus.txt"],
            Enumerable.Range(0, 300).Select(_ => string.Join(' ', Enumerable.Range(0, 20).Select(_ => words[random.Next(words.Length)]))));
        Options = new PretrainOptions
        {
            Corpus = [_folder["corpus.txt"]],
            Output = _folder["model"],
            VocabularySize = 300,
            HiddenSize = 32,
            LayerCount = 1,
            HeadCount = 2,
            Steps = 6,
            LogEvery = 4,
            BatchTokens = 128,
            SequenceLength = 16,
            LongSequenceLength = 32,
            Precision = ComputePrecision.Float32,
            Device = TestDevice.Current,
        };
    }

    public PretrainOptions Options { get; }

    public string Checkpoint => _folder["model/work/checkpoint.safetensors"];

    public byte[] Model => File.ReadAllBytes(_folder["model/model.safetensors"]);

    /// <summary>The losses by step that are in the log.</summary>
    public IReadOnlyDictionary<int, string> Losses => File.ReadLines(_folder["model/training-log.tsv"]).Skip(1)
        .Select(line => line.Split('\t')).ToDictionary(fields => int.Parse(fields[0]), fields => $"{fields[3]} {fields[4]}");

    public static void Run(PretrainOptions options)
    {
        TextWriter console = Console.Out;
        Console.SetOut(TextWriter.Null);
        try
        {
            new Pretrainer(options).Run(CancellationToken.None);
        }
        finally
        {
            Console.SetOut(console);
        }
    }

    public void Dispose() => _folder.Dispose();
}
