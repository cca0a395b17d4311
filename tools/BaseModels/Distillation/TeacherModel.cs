using Microsoft.ML.DeLoRA.BaseModels.Teacher;
using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>
/// The teacher: a BERT that <see cref="PackedEncoder"/> runs. That one knows token type 0 alone; so the embedding table stands there
/// twice, the second time with the difference of type 1 added, and a token of a second text is its id plus <see cref="SecondText"/>.
/// </summary>
/// <remarks>Owns the encoder. Not thread-safe.</remarks>
internal sealed class TeacherModel : IDisposable
{
    private const string Types = "embeddings.token_type_embeddings.weight";
    private const string Words = "embeddings.word_embeddings.weight";

    private TeacherModel(PackedEncoder encoder, WordPiece pieces) => (Encoder, Pieces) = (encoder, pieces);

    /// <summary>The encoder; its products are in bfloat16 unless set otherwise.</summary>
    public PackedEncoder Encoder { get; }

    /// <summary>The tokenizer.</summary>
    public WordPiece Pieces { get; }

    /// <summary>What is added to the ids of a second text, its [SEP] included.</summary>
    public int SecondText => Pieces.Tokens.Count;

    /// <summary>Opens a teacher's directory.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the files do not belong together.</exception>
    public static TeacherModel Open(string directory)
    {
        using ModelDirectory files = ModelDirectory.Open(directory);
        WordPiece pieces = WordPiece.FromFile(Path.Combine(directory, TeacherDirectory.Vocabulary));
        EncoderConfiguration configuration = EncoderConfiguration.FromJson(files.ConfigurationJson);
        if (configuration.VocabularySize != pieces.Tokens.Count)
            throw new InvalidDataException($"'{directory}': {TeacherDirectory.Vocabulary} has {pieces.Tokens.Count:N0} tokens, "
                + $"but config.json says vocab_size {configuration.VocabularySize}.");
        var weights = new DoubledWords(new CheckpointWeights(files.Tensors), configuration);
        return new TeacherModel(new PackedEncoder(configuration with { VocabularySize = 2 * configuration.VocabularySize }, weights)
        {
            Precision = ComputePrecision.BFloat16,
        }, pieces);
    }

    public void Dispose() => Encoder.Dispose();

    private sealed class DoubledWords(IWeightSource source, EncoderConfiguration configuration) : IWeightSource
    {
        public Tensor Get(string name, ReadOnlySpan<long> shape)
        {
            if (name != Words)
                return source.Get(name, shape);
            using IDisposable noGrad = no_grad();
            using var scope = NewDisposeScope();
            Tensor words = source.Get(name, [configuration.VocabularySize, configuration.HiddenSize]);
            Tensor types = source.Get(Types, [configuration.TypeCount, configuration.HiddenSize]);
            Tensor difference = configuration.TypeCount > 1 ? types.select(0, 1) - types.select(0, 0) : zeros(configuration.HiddenSize);
            return cat([words, words.Plus(difference)], 0).MoveToOuterDisposeScope();
        }
    }
}
