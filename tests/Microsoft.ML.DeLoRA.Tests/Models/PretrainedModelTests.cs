using System.Text.Json;
using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>Hugging Face directories of a RobertaForSequenceClassification as models.</summary>
public sealed class PretrainedModelTests : IDisposable
{
    private static readonly string[] _texts = ["a text", "another", ""];
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Logits that Hugging Face computed for these directories, on ids that a vocabulary for tests gives.</summary>
    [Theory]
    [InlineData("cls3", TextModelKind.Classification)]
    [InlineData("reg1", TextModelKind.Regression)]
    public void The_golden_models_say_what_Hugging_Face_says(string name, TextModelKind kind)
    {
        string golden = Path.Combine(Repository.Golden, "tiny-roberta", name);
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(golden, file), _directory[file]);
        using SafeTensorsFile expected = SafeTensorsFile.Open(Path.Combine(golden, "expected.safetensors"));
        (int[][] rows, float[] logits) = Rows(expected);
        WriteVocabulary([.. rows.SelectMany(r => r[1..^1]).Distinct()]);

        using TextModel model = TextModel.LoadPretrained(_directory.Path);
        Assert.Equal(kind, model.Description.Kind);
        Assert.Equal(kind == TextModelKind.Regression ? [] : HeadConfiguration.GenericNames(logits.Length / rows.Length),
            model.Description.Labels);
        int outputs = model.Description.OutputCount;
        for (int i = 0; i < rows.Length; i++)
        {
            float[] scores = model.Predict([string.Concat(rows[i][1..^1].Select(Character))]).Values.ToArray();
            float[] own = logits[(i * outputs)..((i + 1) * outputs)];
            float[] probabilities = kind == TextModelKind.Regression ? own : [.. own.Select(l => MathF.Exp(l) / own.Sum(MathF.Exp))];
            // As the golden tests of the encoder: float32 sums in another order.
            Assert.All(probabilities.Zip(scores), p => Assert.Equal(p.First, p.Second, 1e-5f));
        }
    }

    [Fact]
    public void Labels_and_task_come_from_the_configuration_and_the_model_saves()
    {
        Write(3, """{"id2label": {"0": "low", "1": "middle", "2": "high"}}""");
        using TextModel model = TextModel.LoadPretrained(_directory.Path);
        Assert.Equal(["low", "middle", "high"], model.Description.Labels);
        Assert.Equal((TextModelKind.Classification, 64), (model.Description.Kind, model.Description.MaxLength));
        using var saved = new MemoryStream();
        model.Save(saved);
        using TextModel again = TextModel.Load(saved, TestDevice.Current);
        Assert.Equal(model.Predict(_texts).Values.ToArray(), again.Predict(_texts).Values.ToArray());

        using TextModel named = TextModel.LoadPretrained(_directory.Path, ["x", "y", "z"], maxLength: 16);
        Assert.Equal((16, "x"), (named.Description.MaxLength, named.Description.Labels[0]));
    }

    [Fact]
    public void Settings_of_the_tokenizer_travel_with_the_model()
    {
        Write(2, "{}");
        File.WriteAllText(_directory["tokenizer_config.json"],
            """{"add_prefix_space": true, "model_max_length": 20, "truncation_side": "left"}""");
        using TextModel model = TextModel.LoadPretrained(_directory.Path);
        Assert.Equal(20, model.Description.MaxLength);
        using var saved = new MemoryStream();
        model.Save(saved);
        using TextModel again = TextModel.Load(saved, TestDevice.Current);
        Assert.True(((RobertaTokenizer)again.Parts.Base.Tokenizer).AddsPrefixSpace);
        string longText = new('a', 50);
        Assert.Equal(model.Predict(["ab", longText]).Values.ToArray(), again.Predict(["ab", longText]).Values.ToArray());
        File.Delete(_directory["tokenizer_config.json"]);
        using TextModel other = TextModel.LoadPretrained(_directory.Path);
        Assert.NotEqual(model.Predict(["ab"]).Values.ToArray(), other.Predict(["ab"]).Values.ToArray());
    }

    [Fact]
    public void The_catalog_makes_transformers_of_every_task()
    {
        MLContext context = TestDevice.Context();
        Write(3, """{"id2label": {"0": "low", "1": "middle", "2": "high"}, "problem_type": "single_label_classification"}""");
        using (DeLoRATextTransformer classifier = context.Model.LoadPretrainedTextClassification(_directory.Path))
        {
            IDataView scored = classifier.Transform(Rows(context));
            VBuffer<ReadOnlyMemory<char>> keys = default;
            scored.Schema["PredictedLabel"].GetKeyValues(ref keys);
            Assert.Equal(["low", "middle", "high"], keys.DenseValues().Select(k => k.ToString()));
            context.Model.Save(classifier, scored.Schema, _directory["m.zip"]);
            using var again = (DeLoRATextTransformer)context.Model.Load(_directory["m.zip"], out _);
            Assert.Equal(scored.GetColumn<float[]>("Score"), again.Transform(Rows(context)).GetColumn<float[]>("Score"));
        }
        Write(3, """{"problem_type": "multi_label_classification", "label2id": {"x": 0, "y": 1, "z": 2}}""");
        using (var labels = context.Model.LoadPretrainedTextMultiLabelClassification(_directory.Path, threshold: 0.4f))
            Assert.Equal(3, labels.Transform(Rows(context)).GetColumn<bool[]>("PredictedLabels").First().Length);
        Assert.Contains("multi_label_classification", Assert.Throws<InvalidDataException>(
            () => context.Model.LoadPretrainedTextClassification(_directory.Path)).Message);
        Write(1, "{}");
        using (var regression = context.Model.LoadPretrainedTextRegression(_directory.Path))
            Assert.All(regression.Transform(Rows(context)).GetColumn<float>("Score"), s => Assert.True(float.IsFinite(s)));
    }

    [Theory]
    [InlineData(0, "{}", null, null, "has no classification head")]
    [InlineData(3, """{"id2label": {"0": "a", "1": "b"}}""", null, null, "3 outputs but 2 labels ('a', 'b')")]
    [InlineData(2, """{"id2label": {"0": "a", "1": "a"}}""", null, null, "the name 'a' is there 2 times")]
    [InlineData(2, """{"id2label": {"0": "a", "1": ""}}""", null, null, "a name is empty")]
    [InlineData(2, "{}", "a,a", null, "the name 'a' is there 2 times")]
    [InlineData(2, "{}", "a,b,c", null, "2 outputs but 3 labels")]
    [InlineData(2, """{"problem_type": "token_classification"}""", null, null, "problem_type is 'token_classification'")]
    [InlineData(2, """{"problem_type": "regression"}""", null, null, "2 outputs, which is impossible for Regression")]
    [InlineData(1, "{}", "a", null, "is a regression")]
    [InlineData(2, "{}", null, 65, "maximum length is 65; the model takes from 2 to 64")]
    [InlineData(2, "{}", null, 1, "maximum length is 1;")]
    public void What_does_not_fit_is_refused(int outputs, string configuration, string? labels, int? maxLength, string said)
    {
        Write(outputs, configuration);
        Exception error =
            Assert.ThrowsAny<Exception>(() => TextModel.LoadPretrained(_directory.Path, labels?.Split(','), maxLength: maxLength));
        Assert.True(error is InvalidDataException or ArgumentException, $"{error}");
        Assert.Contains(said, error.Message);
    }

    /// <summary>The tiny base model with a head of random numbers, in float16, and some keys in its config.json.</summary>
    internal static void Write(string directory, int outputs, string configuration, long seed = 1)
    {
        TinyBase.WriteTo(directory, seed);
        using var weights = new RandomWeights(TinyBase.Configuration, seed + 7);
        using var encoderWeights = new RandomWeights(TinyBase.Configuration, seed);
        using var encoder = new PackedEncoder(TinyBase.Configuration, encoderWeights);
        using ClassificationHead? head = outputs == 0 ? null : new ClassificationHead(TinyBase.Configuration, outputs, weights);
        var writer = new SafeTensorsWriter();
        foreach (ModelParameter parameter in encoder.Parameters)
            writer.Add("roberta." + parameter.Name, parameter.Value, TensorDataType.Float16);
        foreach (ModelParameter parameter in head?.Parameters ?? [])
            writer.Add(parameter.Name, parameter.Value, TensorDataType.Float32);
        writer.Save(Path.Combine(directory, "model.safetensors"));
        JsonObject keys = JsonNode.Parse(TinyBase.Configuration.ToJson())!.AsObject();
        foreach ((string key, JsonNode? value) in JsonNode.Parse(configuration)!.AsObject())
            keys[key] = value?.DeepClone();
        File.WriteAllText(Path.Combine(directory, "config.json"), keys.ToJsonString());
    }

    private void Write(int outputs, string configuration) => Write(_directory.Path, outputs, configuration);

    private static IDataView Rows(MLContext context) => context.Data.LoadFromEnumerable(_texts.Select(t => new Row { Text = t }));

    private static (int[][] Rows, float[] Logits) Rows(SafeTensorsFile expected)
    {
        long[] ids = expected.ReadInt64("input_ids"), mask = expected.ReadInt64("attention_mask");
        int width = (int)expected.Shape("input_ids")[1];
        int[][] rows = [.. ids.Zip(mask).Chunk(width).Select(row => row.Where(p => p.Second == 1).Select(p => (int)p.First).ToArray())];
        return (rows, expected.ReadFloat32("logits"));
    }

    // Each id that is needed is an added token of one character; the bytes, which a vocabulary must have, get ids that are not.
    private void WriteVocabulary(HashSet<int> needed)
    {
        int[] free = [.. Enumerable.Range(4, 596).Where(id => !needed.Contains(id))];
        var ids = new Dictionary<string, int> { ["<s>"] = 0, ["<pad>"] = 1, ["</s>"] = 2, ["<unk>"] = 3 };
        foreach (char character in ByteAlphabet.Characters)
            ids[character.ToString()] = free[ids.Count - 4];
        File.WriteAllText(_directory["vocab.json"], JsonSerializer.Serialize(ids));
        File.WriteAllText(_directory["merges.txt"], "#version: 0.2\n");
        File.WriteAllText(_directory["added_tokens.json"],
            JsonSerializer.Serialize(needed.ToDictionary(id => $"{Character(id)}", id => id)));
    }

    // Of the private use area.
    private static char Character(int id) => (char)(0xE000 + id);

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
