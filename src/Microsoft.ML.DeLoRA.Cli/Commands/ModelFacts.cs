using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>What there is to know of models of all forms, as JSON whose names people can read, too.</summary>
internal static class ModelFacts
{
    private static readonly string[] _tokenizerFiles = ["vocab.json", "merges.txt", "vocab.txt", "tokenizer.json"];

    /// <summary>An ML.NET model file.</summary>
    public static JsonObject OfFile(string path)
    {
        ITransformer loaded = SavedModels.Load(SavedModels.Context(), path, out ModelNotes notes);
        TextModelDescription description = SavedModels.Description(loaded);
        using TextModel model = SavedModels.TextModel(loaded)!;
        JsonObject facts = new()
        {
            ["form"] = "ML.NET model",
            ["file"] = path,
            ["file_size"] = new FileInfo(path).Length,
            ["task"] = Task(description.Kind),
            ["outputs"] = description.OutputCount,
            ["labels"] = Texts(description.Labels),
            ["reads"] = description.TakesPairs ? "pairs of texts" : "single texts",
            ["max_length"] = description.MaxLength,
            ["precision"] = description.Precision.ToString().ToLowerInvariant(),
            ["base"] = notes.Base,
            ["architecture"] = Architecture(model.Parts.Classifier.Encoder.Configuration),
            ["method"] = model.Parts.Adapters?.Method.Name ?? "none: the head only",
        };
        if (model.Parts.Adapters is { } adapters)
            facts["method_options"] = MethodDescription.Values(adapters.Method);
        TrainableParameters parameters = TrainableParameters.Count(model.Parts.Classifier, model.Parts.Adapters);
        facts["parameters"] = new JsonObject { ["trained"] = parameters.Trainable, ["all"] = parameters.All };
        facts["columns"] = notes.Columns is { } columns ? Columns(columns) : null;
        facts["training"] = JsonSerializer.SerializeToNode(notes.Training, SnakeCaseJson.Open);
        facts["versions"] = new JsonObject
        {
            ["format"] = description.FormatVersion, ["saved_by_delora"] = notes.Version, ["ml.net"] = MLNetVersion(path),
        };
        return facts;
    }

    /// <summary>A directory that PEFT, or <c>delora export</c>, wrote.</summary>
    public static JsonObject OfAdapter(string path)
    {
        using PeftDirectory directory = PeftDirectory.Open(path);
        ITensorSource tensors = directory.Tensors;
        JsonObject configuration = JsonNode.Parse(directory.Configuration.ToJson())!.AsObject();
        return new JsonObject
        {
            ["form"] = "PEFT adapter",
            ["directory"] = path,
            ["file_size"] = new FileInfo(Path.Combine(path, PeftDirectory.TensorsFile)).Length,
            ["task"] = configuration["task_type"]?.DeepClone(),
            ["outputs"] = directory.HeadOutputs,
            ["base"] = directory.Configuration.BaseModelName,
            ["peft_type"] = directory.Configuration.PeftType,
            ["method"] = directory.Method.Name,
            ["method_options"] = MethodDescription.Values(directory.Method),
            ["parameters"] = new JsonObject
            {
                ["adapter"] = Count(tensors, name => !AdapterNames.IsOfHead(name)), ["head"] = Count(tensors, AdapterNames.IsOfHead),
            },
            ["number_format"] = Formats(tensors),
            ["warnings"] = Texts(directory.Warnings),
            ["versions"] = new JsonObject { ["peft"] = configuration["peft_version"]?.DeepClone() },
        };
    }

    /// <summary>A Hugging Face directory.</summary>
    public static JsonObject OfBase(string path)
    {
        using ModelDirectory directory = ModelDirectory.Open(path);
        ITensorSource tensors = directory.Tensors;
        JsonObject configuration = JsonNode.Parse(directory.ConfigurationJson)!.AsObject();
        HeadLayout head = directory.Family.Head;
        bool hasHead = tensors.Names.Any(head.IsOfOutput);
        var labels = configuration["id2label"] as JsonObject;
        return new JsonObject
        {
            ["form"] = hasHead ? "Hugging Face model with a classification head" : "Hugging Face model",
            ["directory"] = path,
            ["file_size"] = Directory.EnumerateFiles(path, "*.safetensors").Sum(file => new FileInfo(file).Length),
            ["task"] = configuration["problem_type"]?.DeepClone(),
            ["labels"] = hasHead && labels is not null ? new JsonArray([.. labels.Select(l => l.Value?.DeepClone())]) : new JsonArray(),
            ["architecture"] = Architecture(EncoderConfiguration.FromJson(directory.ConfigurationJson)),
            ["parameters"] = new JsonObject
            {
                ["encoder"] = Count(tensors, name => EncoderFamily.IsOfEncoder(name) && !IsOfClassifier(name)),
                ["classification_head"] = Count(tensors, IsOfClassifier),
                ["language_model_head"] = Count(tensors, name => !EncoderFamily.IsOfEncoder(name) && !IsOfClassifier(name)),
            },
            ["number_format"] = Formats(tensors),
            ["tokenizer_files"] = Texts(_tokenizerFiles.Where(name => File.Exists(Path.Combine(path, name)))),
            ["versions"] = new JsonObject { ["transformers"] = configuration["transformers_version"]?.DeepClone() },
        };

        // Without the classifier's output BERT's pooler is the encoder's.
        bool IsOfClassifier(string name) => hasHead && head.Modules.Any(m => name.StartsWith(m + ".", StringComparison.Ordinal));
    }

    private static string Task(TextModelKind kind) => kind switch
    {
        TextModelKind.Regression => "regression",
        TextModelKind.MultiLabelClassification => "multi-label classification",
        _ => "classification",
    };

    private static JsonObject Architecture(EncoderConfiguration configuration) => new()
    {
        ["type"] = configuration.Family.Title,
        ["layers"] = configuration.LayerCount,
        ["hidden_size"] = configuration.HiddenSize,
        ["heads"] = configuration.HeadCount,
        ["intermediate_size"] = configuration.IntermediateSize,
        ["vocabulary"] = configuration.VocabularySize,
        ["most_tokens"] = configuration.MaxTokens,
    };

    private static JsonObject Columns(DataColumns columns)
    {
        var facts = new JsonObject();
        (string Name, string? Value)[] given =
        [
            ("text", columns.Text), ("text2", columns.Text2), ("label", columns.Label),
            ("label_separator", columns.LabelSeparator), ("separator", columns.Separator),
        ];
        foreach ((string name, string? value) in given)
        {
            if (value is not null)
                facts[name] = value;
        }
        facts["header"] = !columns.NoHeader;
        return facts;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private static JsonArray Formats(ITensorSource tensors)
        => Texts(tensors.Names.Select(name => tensors.DataType(name).ToString().ToLowerInvariant()).Distinct());

    private static long Count(ITensorSource tensors, Func<string, bool> isMeant)
    {
        long count = 0;
        foreach (string name in tensors.Names.Where(isMeant))
        {
            long size = 1;
            foreach (long dimension in tensors.Shape(name))
                size *= dimension;
            count += size;
        }
        return count;
    }

    // ML.NET writes its version beside the model.
    private static string? MLNetVersion(string path)
    {
        const int longest = 100;
        using ZipArchive archive = ZipFile.OpenRead(path);
        if (archive.Entries.FirstOrDefault(e => e.FullName.Replace('\\', '/') == "TrainingInfo/Version.txt") is not { } entry)
            return null;
        using var reader = new StreamReader(entry.Open());
        var content = new char[longest];
        return new string(content, 0, reader.ReadBlock(content)).Split('@', '+', ' ')[0].Trim();
    }
}
