using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Serving;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>What travels beside an adapter in PEFT's format: labels.json, a tokenizer, resized word embeddings.</summary>
public sealed class PeftLabelsTests : IDisposable
{
    private const string Embeddings = "base_model.model.roberta.embeddings.word_embeddings.weight";

    private static readonly string[] _texts = ["a text", "another", ""];
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Adapter => _folder["adapter"];

    [Theory]
    [InlineData(TextModelKind.Classification, 3, false)]
    [InlineData(TextModelKind.MultiLabelClassification, 2, true)]
    [InlineData(TextModelKind.MultiLabelClassification, 1, false)]
    [InlineData(TextModelKind.Regression, 1, true)]
    public void A_model_comes_back_as_it_was_without_being_told(TextModelKind kind, int outputs, bool pairs)
    {
        var description = new TextModelDescription
        {
            Kind = kind,
            OutputCount = outputs,
            TakesPairs = pairs,
            MaxLength = 24,
            Labels = kind == TextModelKind.Regression ? [] : [.. new[] { "ä \"1\"", "b", "c" }.Take(outputs)],
        };
        using TextModel model = Save(description);
        using TextModel again = TextModel.LoadPeft(Adapter, TinyBase.Directory, device: TestDevice.Current);
        Assert.Equal(description.Labels, again.Description.Labels);
        Assert.Equal(description with { Labels = [] }, again.Description with { Labels = [] });
    }

    [Fact]
    public void What_is_asked_for_comes_first_then_labels_json_then_the_base_then_numbers()
    {
        using TextModel model = Save(TinyTextModel.Description);
        using (TextModel asked = TextModel.LoadPeft(Adapter, TinyBase.Directory, ["x", "y", "z"], maxLength: 9))
            Assert.Equal(("x", 9), (asked.Description.Labels[0], asked.Description.MaxLength));
        File.Delete(Path.Combine(Adapter, "labels.json"));
        using (TextModel plain = TextModel.LoadPeft(Adapter, TinyBase.Directory))
            Assert.Equal(["LABEL_0", "LABEL_1", "LABEL_2"], plain.Description.Labels);
        Directory.CreateDirectory(_folder["base"]);
        PretrainedModelTests.Write(_folder["base"], 3,
            """{"id2label": {"0": "p", "1": "q", "2": "r"}, "problem_type": "multi_label_classification"}""");
        using (TextModel named = TextModel.LoadPeft(Adapter, _folder["base"]))
        {
            Assert.Equal(["p", "q", "r"], named.Description.Labels);
            Assert.Equal(TextModelKind.MultiLabelClassification, named.Description.Kind);
        }
        PretrainedModelTests.Write(_folder["base"], 2,
            """{"id2label": {"0": "p", "1": "q"}, "problem_type": "multi_label_classification"}""");
        using TextModel other = TextModel.LoadPeft(Adapter, _folder["base"]);
        Assert.Equal(("LABEL_0", TextModelKind.Classification), (other.Description.Labels[0], other.Description.Kind));
    }

    [Theory]
    [InlineData("{", "labels.json is damaged")]
    [InlineData("null", "labels.json is damaged")]
    [InlineData("{}", "labels.json is damaged")]
    [InlineData("""{"problem_type": "other"}""", "problem_type is 'other'")]
    [InlineData("""{"problem_type": null}""", "labels.json is damaged")]
    [InlineData("""{"problem_type": "single_label_classification", "labels": [null, "a", "b"]}""", "a label is null")]
    [InlineData("""{"problem_type": "single_label_classification", "labels": null}""", "labels.json is damaged")]
    [InlineData("""{"problem_type": "single_label_classification", "labels": ["a", "b"]}""", "3 outputs but 2 labels")]
    [InlineData("""{"problem_type": "single_label_classification", "labels": ["a", "b", "a"]}""", "the name 'a' is there 2 times")]
    [InlineData("""{"problem_type": "regression"}""", "3 outputs, which is impossible for Regression")]
    [InlineData("""{"problem_type": "single_label_classification", "labels": ["a", "b", "c"], "max_length": 1000}""",
        "maximum length is 1000")]
    public void A_damaged_file_is_named(string content, string said)
    {
        using TextModel model = Save(TinyTextModel.Description);
        File.WriteAllText(Path.Combine(Adapter, "labels.json"), content);
        Exception error = Assert.ThrowsAny<Exception>(() => TextModel.LoadPeft(Adapter, TinyBase.Directory));
        Assert.True(error is InvalidDataException or ArgumentException, $"{error}");
        Assert.Contains(said, error.Message);
    }

    [Fact]
    public void Names_that_are_given_twice_are_refused()
    {
        using TextModel model = Save(TinyTextModel.Description);
        Assert.Contains("'x' is there 2 times", Assert.Throws<InvalidDataException>(
            () => TextModel.LoadPeft(Adapter, TinyBase.Directory, ["x", "x", "z"])).Message);
        Assert.Contains("two of its labels have the same name", Assert.Throws<InvalidDataException>(
            () => TinyTextModel.Create(TinyTextModel.Description with { Labels = ["a", "b", "a"] })).Message);
        Assert.Contains("labels.json says", Assert.Throws<InvalidDataException>(
            () => TextModel.LoadPeft(Adapter, TinyBase.Directory, kind: TextModelKind.MultiLabelClassification)).Message);
    }

    /// <summary>The same adapter on a base model whose own embeddings and tokenizer were resized gives the expected scores.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Resized_word_embeddings_come_with_the_adapter(bool asModuleToSave)
    {
        using TextModel model = Save(TinyTextModel.Description);
        (Resized resized, float[] expected) = Expected();
        AddTensor(Embeddings, resized.Bytes, [263, 32]);
        if (asModuleToSave)
            ChangeConfiguration(keys => keys["modules_to_save"] = new JsonArray("classifier", "score", "word_embeddings"));
        WriteTokenizer(Adapter);
        using TextModel loaded = TextModel.LoadPeft(Adapter, TinyBase.Directory, device: TestDevice.Current);
        Assert.Equal(expected, Scores(loaded));

        using var saved = new MemoryStream();
        loaded.Save(saved);
        using TextModel again = TextModel.Load(saved, TestDevice.Current);
        Assert.Equal(expected, Scores(again));
        loaded.SavePeft(_folder["next"]);
        using SafeTensorsFile tensors = SafeTensorsFile.Open(Path.Combine(_folder["next"], "adapter_model.safetensors"));
        Assert.Equal(resized.Values, tensors.ReadFloat32(Embeddings));
    }

    [Fact]
    public void Resized_word_embeddings_that_do_not_fit_are_refused()
    {
        using TextModel model = Save(TinyTextModel.Description);
        (Resized resized, _) = Expected();
        AddTensor(Embeddings, resized.Bytes, [263, 32]);
        Assert.Contains("2 more than the base model",
            Assert.Throws<InvalidDataException>(() => TextModel.LoadPeft(Adapter, TinyBase.Directory)).Message);
        WriteTokenizer(Adapter, third: true);
        Assert.Contains("ids up to 263",
            Assert.Throws<InvalidDataException>(() => TextModel.LoadPeft(Adapter, TinyBase.Directory)).Message);
        using TextModel other = Save(TinyTextModel.Description);
        AddTensor(Embeddings, resized.Bytes, [526, 16]);
        Assert.Contains("have [261, 32]",
            Assert.Throws<InvalidDataException>(() => TextModel.LoadPeft(Adapter, TinyBase.Directory)).Message);
    }

    /// <summary>It is the one that the adapter was trained with.</summary>
    [Fact]
    public void A_tokenizer_beside_the_adapter_counts()
    {
        using TextModel model = Save(TinyTextModel.Description);
        foreach (string file in (string[])["vocab.json", "merges.txt"])
            File.Copy(Path.Combine(TinyBase.Directory, file), Path.Combine(Adapter, file));
        using (TextModel same = TextModel.LoadPeft(Adapter, TinyBase.Directory, device: TestDevice.Current))
            Assert.Equal(model.Predict(_texts).Values.ToArray(), same.Predict(_texts).Values.ToArray());
        File.WriteAllText(Path.Combine(Adapter, "tokenizer_config.json"), """{"add_prefix_space": true}""");
        using TextModel other = TextModel.LoadPeft(Adapter, TinyBase.Directory, device: TestDevice.Current);
        Assert.Equal(model.Predict([" a text"]).Values.ToArray(), other.Predict(["a text"]).Values.ToArray());
    }

    private static float[] Scores(TextModel model) => model.Predict([.. _texts, "<user> says hey", "hey"]).Values.ToArray();

    private TextModel Save(TextModelDescription description)
    {
        if (Directory.Exists(Adapter))
            Directory.Delete(Adapter, recursive: true);
        TextModel model = TinyTextModel.Create(description, new LoRAMethod { Rank = 2 });
        model.SavePeft(Adapter, "tiny");
        return model;
    }

    // What the adapter gives on a base model that has the two tokens itself.
    private (Resized Embeddings, float[] Scores) Expected()
    {
        string directory = _folder["resized"];
        Directory.CreateDirectory(directory);
        TinyBase.WriteTo(directory);
        float[] own;
        using (SafeTensorsFile tensors = SafeTensorsFile.Open(Path.Combine(directory, "model.safetensors")))
            own = tensors.ReadFloat32("roberta.embeddings.word_embeddings.weight");
        float[] values = [.. own, .. Enumerable.Range(0, 64).Select(i => MathF.Sin(i))];
        byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        var writer = new SafeTensorsWriter();
        using (SafeTensorsFile tensors =
            SafeTensorsFile.FromBytes(File.ReadAllBytes(Path.Combine(directory, "model.safetensors")), "model"))
        {
            foreach (string name in tensors.Names)
            {
                if (name.EndsWith("word_embeddings.weight", StringComparison.Ordinal))
                    writer.AddBytes(name, TensorDataType.Float32, bytes, [263, 32]);
                else
                    writer.AddBytes(name, tensors.DataType(name), tensors.ReadBytes(name), tensors.Shape(name).ToArray());
            }
        }
        writer.Save(Path.Combine(directory, "model.safetensors"));
        string configuration = Path.Combine(directory, "config.json");
        File.WriteAllText(configuration, File.ReadAllText(configuration).Replace("261", "263"));
        WriteTokenizer(directory);
        using TextModel model = TextModel.LoadPeft(Adapter, directory, device: TestDevice.Current);
        return (new Resized(values, bytes), Scores(model));
    }

    private static void WriteTokenizer(string directory, bool third = false)
    {
        foreach (string file in (string[])["vocab.json", "merges.txt"])
            File.Copy(Path.Combine(TinyBase.Directory, file), Path.Combine(directory, file), overwrite: true);
        File.WriteAllText(Path.Combine(directory, "added_tokens.json"), third
            ? """{"<user>": 261, "hey": 262, "you": 263}"""
            : """{"<user>": 261, "hey": 262}""");
    }

    private void AddTensor(string name, byte[] bytes, long[] shape)
    {
        string path = Path.Combine(Adapter, "adapter_model.safetensors");
        var writer = new SafeTensorsWriter();
        using (SafeTensorsFile tensors = SafeTensorsFile.FromBytes(File.ReadAllBytes(path), "adapter"))
        {
            foreach (string own in tensors.Names)
                writer.AddBytes(own, tensors.DataType(own), tensors.ReadBytes(own), tensors.Shape(own).ToArray());
        }
        writer.AddBytes(name, TensorDataType.Float32, bytes, shape);
        writer.Save(path);
    }

    private void ChangeConfiguration(Action<JsonObject> change)
    {
        string path = Path.Combine(Adapter, "adapter_config.json");
        JsonObject keys = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(keys);
        File.WriteAllText(path, keys.ToJsonString());
    }

    private sealed record Resized(float[] Values, byte[] Bytes);
}
