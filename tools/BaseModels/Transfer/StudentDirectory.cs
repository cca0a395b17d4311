using System.Text;
using Microsoft.ML.DeLoRA.BaseModels.Corpus;
using Microsoft.ML.DeLoRA.BaseModels.Teacher;
using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.BaseModels.Transfer;

/// <summary>
/// Makes a RoBERTa out of a teacher and a vocabulary: the teacher's layers and positions, and token embeddings by
/// <see cref="EmbeddingTransfer"/>.
/// </summary>
internal static class StudentDirectory
{
    /// <summary>The name of the token embeddings.</summary>
    public const string Words = "embeddings.word_embeddings.weight";

    private const string Types = "embeddings.token_type_embeddings.weight";

    /// <summary>Reads a teacher's directory and a student's vocabulary; writes configuration and weights beside the latter.</summary>
    /// <param name="teacherDirectory">What <see cref="TeacherDirectory"/> wrote.</param>
    /// <param name="directory">A directory with vocab.json and merges.txt.</param>
    /// <param name="corpus">The corpus files, for the words in which tokens occur.</param>
    /// <param name="cancellation">Stops the reading of the corpus.</param>
    public static void Write(string teacherDirectory, string directory, IReadOnlyList<string> corpus, CancellationToken cancellation)
    {
        using ModelDirectory teacher = ModelDirectory.Open(teacherDirectory);
        EncoderConfiguration shape = EncoderConfiguration.FromJson(teacher.ConfigurationJson);
        WordPiece pieces = WordPiece.FromFile(Path.Combine(teacherDirectory, TeacherDirectory.Vocabulary));
        var student = new TokenSpans(RobertaTokenizer.FromDirectory(directory));
        Dictionary<string, long> words = CorpusText.WithLowerCase(CorpusText.CountWords(corpus, cancellation));
        int size = student.Tokenizer.VocabularySize;
        Console.WriteLine($"{words.Count:N0} different words; aligning {size:N0} tokens with {pieces.Tokens.Count:N0} pieces ...");

        var tensors = new Dictionary<string, (float[] Values, long[] Shape)>();
        foreach (string name in teacher.Tensors.Names)
            tensors.Add(name, (teacher.Tensors.ReadFloat32(name), teacher.Tensors.Shape(name).ToArray()));
        float[] table = EmbeddingTransfer.Align(student, pieces, tensors[Words].Values, shape.HiddenSize, words, cancellation);
        tensors[Words] = (table, [size, shape.HiddenSize]);
        // RoBERTa has one type.
        tensors[Types] = (tensors[Types].Values[..shape.HiddenSize], [1, shape.HiddenSize]);

        EncoderConfiguration configuration = shape with { VocabularySize = size, TypeCount = 1, PadId = student.Tokenizer.PadId };
        var writer = new SafeTensorsWriter();
        foreach ((string name, (float[] values, long[] dimensions)) in tensors)
            writer.Add("roberta." + name, values, dimensions);
        byte[] json = Encoding.UTF8.GetBytes(configuration.ToJson("RobertaModel") + "\n");
        AtomicFile.WriteAll(
            (Path.Combine(directory, "config.json"), stream => stream.Write(json)),
            (Path.Combine(directory, "model.safetensors"), writer.Write));
    }
}
