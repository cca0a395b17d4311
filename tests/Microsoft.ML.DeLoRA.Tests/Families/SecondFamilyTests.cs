using System.Text.Json;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tokenization;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Families;

/// <summary>A family is one file: encoder, dataset, head, PEFT's and saved names do what <see cref="ToyFamily"/> says.</summary>
public class SecondFamilyTests
{
    private static readonly EncoderConfiguration _configuration = ToyFamily.Configuration;

    [Fact]
    public void A_pair_has_the_familys_special_tokens_and_is_cut_between_them()
    {
        TokenizedDataset pairs =
            TokenizedDataset.Create(new ToyTokenizer(), ["ab", "abcdef", "", "a"], ["c", "ghij", "b", ""], maxLength: 9);
        Assert.Equal([1, 10, 11, 2, 12, 2], pairs.Row(0).ToArray());
        Assert.Equal([1, 10, 11, 12, 2, 16, 17, 18, 2], pairs.Row(1).ToArray());
        Assert.Equal([1, 2, 11, 2], pairs.Row(2).ToArray());
        Assert.Equal([1, 10, 2, 2], pairs.Row(3).ToArray());
        Assert.Equal([4, 5, 2, 3], Enumerable.Range(0, 4).Select(pairs.SecondStart));
        Assert.Equal((true, 1), (pairs.HasPairs, pairs.TruncatedRows));

        TokenizedDataset singles = TokenizedDataset.Create(new ToyTokenizer(), ["ab"], null, maxLength: 9);
        Assert.Equal([1, 10, 11, 2], singles.Row(0).ToArray());
        Assert.Equal((false, 4), (singles.HasPairs, singles.SecondStart(0)));
    }

    [Fact]
    public void Positions_begin_at_0_and_count_padding_and_the_second_text_has_type_1()
    {
        ReadOnlyMemory<int>[] rows = [new[] { 1, 10, 2, 11, 2 }, new[] { 1, 10, 0, 11, 2, 12, 13, 2 }, new[] { 1, 2, 12, 2 }];
        using PackedBatch batch = PackedBatch.Create(rows, _configuration, secondStarts: [3, 5, 2]);
        // Longest first.
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 0, 1, 2, 3], batch.Positions.data<long>().ToArray());
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1], batch.Types!.data<long>().ToArray());

        using PackedBatch singles = PackedBatch.Create(rows, _configuration);
        Assert.Null(singles.Types);
        using PackedBatch ofRoberta = PackedBatch.Create(rows, TinyModel.Configuration, secondStarts: [3, 5, 2]);
        Assert.Null(ofRoberta.Types);
        // Its padding token is 1, which stands first here.
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], ofRoberta.Positions.data<long>().ToArray()[..8]);
        // An encoder with one row of types has no other to give.
        using PackedBatch oneType = PackedBatch.Create(rows, _configuration with { TypeCount = 1 }, secondStarts: [3, 5, 2]);
        Assert.Null(oneType.Types);
    }

    [Fact]
    public void Every_position_may_be_used()
    {
        Assert.Equal(_configuration.PositionCount, _configuration.MaxTokens);
        using SequenceClassifier model = Create();
        int[] longest = [1, .. Enumerable.Repeat(10, _configuration.MaxTokens - 2), 2];
        using IDisposable noGrad = no_grad();
        using (PackedBatch batch = PackedBatch.Create([longest], _configuration))
            Assert.All(model.Forward(batch).ToArray(), logit => Assert.True(float.IsFinite(logit)));
        using PackedBatch tooLong = PackedBatch.Create([(int[])[.. longest, 2]], _configuration);
        Assert.Contains("last one is 33", Assert.Throws<ArgumentException>(() => model.Forward(tooLong)).Message);
    }

    [Fact]
    public void Embeddings_are_the_norm_of_token_position_and_type()
    {
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = Create();
        using PackedBatch batch = PackedBatch.Create([new[] { 1, 10, 2, 11, 2 }], _configuration, secondStarts: [3]);
        float[] actual = model.Encoder.HiddenStates(batch).First().ToArray();
        float[] words = Values(model, "word_embeddings"), positions = Values(model, "position_embeddings"),
            types = Values(model, "token_type_embeddings");
        (int Id, int Type)[] tokens = [(1, 0), (10, 0), (2, 0), (11, 1), (2, 1)];
        int hidden = _configuration.HiddenSize;
        for (int token = 0; token < tokens.Length; token++)
        {
            double[] sum = [.. Enumerable.Range(0, hidden).Select(i =>
                (double)words[tokens[token].Id * hidden + i] + positions[token * hidden + i] + types[tokens[token].Type * hidden + i])];
            double mean = sum.Average(), deviation = Math.Sqrt(sum.Average(s => (s - mean) * (s - mean)));
            for (int i = 0; i < hidden; i++)
                Assert.Equal((sum[i] - mean) / deviation, actual[token * hidden + i], 1e-5);
        }
    }

    [Fact]
    public void The_head_is_the_familys()
    {
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = Create();
        Assert.Equal(["pooler.dense.weight", "pooler.dense.bias", "classifier.weight", "classifier.bias"],
            model.Head.Parameters.Select(p => p.Name));
        using PackedBatch batch = PackedBatch.Create([new[] { 1, 10, 2, 11, 2 }], _configuration, secondStarts: [3]);
        float[] first = model.Encoder.ForwardFirst(batch).ToArray();
        float[] dense = model.Head.Parameters[0].Value.ToArray(), output = model.Head.Parameters[2].Value.ToArray();
        double[] pooled = [.. Multiply(dense, [.. first.Select(f => (double)f)]).Select(Math.Tanh)];
        double[] expected = Multiply(output, pooled);
        float[] logits = model.Forward(batch).ToArray();
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], logits[i], 1e-5);
    }

    [Fact]
    public void Dropout_leaves_the_heads_input_alone()
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var weights = new RandomWeights(_configuration, 1);
        using var head = new ClassificationHead(_configuration with { ClassifierDropout = 0.5 }, 3, weights);
        Tensor input = ones(1000, _configuration.HiddenSize);
        using var dropout = new SeededDropout(1);
        // Without the projection's share: where the dense layer's input were dropped, its output would differ from row to row.
        head.Parameters[2].CopyFrom(eye(3, _configuration.HiddenSize));
        float[] values = head.Forward(input, dropout).ToArray();
        Assert.Equal(2, values.Where((_, i) => i % 3 == 0).Select(v => MathF.Round(v, 4)).Distinct().Count());
    }

    [Fact]
    public void Adapters_are_saved_under_PEFTs_names_for_the_family()
    {
        using SequenceClassifier model = Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2, ModulesToSave = ["embeddings.LayerNorm"] });
        Assert.Contains(adapters.Tensors().Keys,
            name => name.StartsWith("base_model.model.toy.encoder.layer.1.attention.self.query.delora_A"));
        Assert.Contains("base_model.model.toy.embeddings.LayerNorm.weight", adapters.Tensors().Keys);
        Assert.All(adapters.Tensors().Keys, name => Assert.StartsWith("base_model.model.toy.", name));
        Assert.Equal(
            ["base_model.model.toy.pooler.dense.weight", "base_model.model.toy.pooler.dense.bias", "base_model.model.classifier.weight",
             "base_model.model.classifier.bias"],
            model.Head.Parameters.Select(p => AdapterNames.Of(ToyFamily.Instance, p.Name)));
    }

    [Fact]
    public void A_saved_base_has_the_familys_names_and_is_read_with_and_without_them()
    {
        using SequenceClassifier model = Create();
        var frozen = new FrozenBase("{}", new ToyTokenizer(), new EncoderTensors(model, "toy"), model.Encoder, null);
        using var stream = new MemoryStream();
        frozen.Weights(model.Encoder).Write(stream);
        using var file = Microsoft.ML.DeLoRA.Weights.SafeTensorsFile.FromBytes(stream.ToArray(), "a test");
        Assert.All(file.Names, name => Assert.StartsWith("toy.", name));
        Assert.Equal(model.Encoder.Parameters.Select(p => p.Name).Order(), file.Names.Select(ToyFamily.Instance.NameOf).Order());
        Assert.Equal("embeddings.LayerNorm.weight", ToyFamily.Instance.NameOf("embeddings.LayerNorm.weight"));
        Assert.Equal(("classifier.bias", "toy.pooler.dense.bias"),
            (ToyFamily.Instance.FullName("classifier.bias"), ToyFamily.Instance.FullName("pooler.dense.bias")));
    }

    [Fact]
    public void Scores_of_pairs_depend_on_which_text_is_the_second()
    {
        SequenceClassifier model = Create(outputs: 2);
        var frozen = new FrozenBase("{}", new ToyTokenizer(), new EncoderTensors(model, "toy"), model.Encoder, null);
        using var text = new TextModel(new FineTunedModel(frozen, model, null, new TextModelDescription
        {
            Kind = TextModelKind.Classification, OutputCount = 2, TakesPairs = true, MaxLength = 3 + 4,
        }));
        // The same ids, 1 10 2 10 2, once as a pair and once as one text.
        float[] pair = text.Predict(["a"], ["a"]).Values.ToArray();
        using IDisposable noGrad = no_grad();
        using PackedBatch typed = PackedBatch.Create([new[] { 1, 10, 2, 10, 2 }], _configuration, secondStarts: [3]);
        using PackedBatch untyped = PackedBatch.Create([new[] { 1, 10, 2, 10, 2 }], _configuration);
        float[] expected = model.Forward(typed).softmax(1).ToArray(), other = model.Forward(untyped).softmax(1).ToArray();
        Assert.Equal(expected, pair);
        Assert.NotEqual(other, pair);
    }

    [Fact]
    public void Config_json_says_the_family_and_is_read_by_it()
    {
        using JsonDocument document = JsonDocument.Parse(_configuration.ToJson());
        JsonElement root = document.RootElement;
        Assert.Equal(("toy", "ToyForSequenceClassification"),
            (root.GetProperty("model_type").GetString(), root.GetProperty("architectures")[0].GetString()));
        Assert.Equal(_configuration, ToyFamily.Instance.Read(new ConfigurationKeys(root)));
        using JsonDocument small = JsonDocument.Parse("""
            {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 34}
            """);
        EncoderConfiguration read = ToyFamily.Instance.Read(new ConfigurationKeys(small.RootElement));
        Assert.Equal((2, 0, 1e-12, 34), (read.TypeCount, read.PadId, read.LayerNormEpsilon, read.MaxTokens));
        string message = Assert.Throws<InvalidDataException>(() => EncoderConfiguration.FromJson(_configuration.ToJson())).Message;
        Assert.Contains("model_type is 'toy'", message);
        Assert.All(EncoderFamilies.All, f => Assert.Contains($"'{f.ModelType}'", message));
    }

    private static SequenceClassifier Create(int outputs = 3)
    {
        using var weights = new RandomWeights(_configuration, 1);
        return new SequenceClassifier(new PackedEncoder(_configuration, weights), new ClassificationHead(_configuration, outputs, weights));
    }

    private static float[] Values(SequenceClassifier model, string table)
        => model.Encoder.Parameters.Single(p => p.Name == $"embeddings.{table}.weight").Value.ToArray();

    private static double[] Multiply(float[] matrix, double[] vector)
        => [.. Enumerable.Range(0, matrix.Length / vector.Length)
            .Select(row => vector.Select((v, i) => matrix[row * vector.Length + i] * v).Sum())];
}
