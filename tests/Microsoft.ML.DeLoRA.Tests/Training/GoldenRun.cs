using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>
/// One folder under tests/golden/delora-training or methods: a run of PEFT or others' code, and the same run set up here.
/// </summary>
internal sealed class GoldenRun : IDisposable
{
    private readonly JsonElement _run;
    private readonly JsonElement? _adapter;
    private readonly string _folder;
    private readonly bool _peft;

    /// <param name="name">Topic and run: <c>methods/lora</c>.</param>
    public GoldenRun(string name)
    {
        _folder = Path.Combine(Repository.Golden, name);
        _peft = Directory.Exists(Path.Combine(_folder, "init"));
        _run = Json("run.json");
        string configuration = _peft ? "init/adapter_config.json" : "adapter_config.json";
        _adapter = File.Exists(Path.Combine(_folder, configuration)) ? Json(configuration) : null;
        Model = GoldenModel.Load(BasePath);
        Adapters = AdapterSet.Attach(Model.Encoder,
            _adapter is { } adapter ? GoldenMethod.Of(adapter) : GoldenMethod.WithoutAdapter(Text("what")));
        Expected = Open("expected.safetensors");
        if (_peft || _adapter is not null)
            Load(_peft ? "init/adapter_model.safetensors" : "init.safetensors");
        Training = Data(BatchFile, "");
        Evaluation = Data(BatchFile, "eval_");
    }

    public static TheoryData<string> All(params string[] topics)
        => [.. topics.SelectMany(t => Repository.GoldenCases(t).Select(c => $"{t}/{c}"))];

    public SequenceClassifier Model { get; }

    public AdapterSet Adapters { get; }

    public SafeTensorsFile Expected { get; }

    /// <summary>All batches of the data file, one after the other.</summary>
    public TrainingData Training { get; }

    /// <summary>The held batch.</summary>
    public TrainingData Evaluation { get; }

    public int StepCount => _run.GetProperty("steps").GetInt32();

    /// <summary>Read out of the text that describes the scheduler.</summary>
    public double WarmupRatio
        => double.Parse(Regex.Match(Text("scheduler"), @"num_warmup_steps=([0-9.]+)\*").Groups[1].Value, CultureInfo.InvariantCulture);

    public string BasePath => Regex.Match(Text("what"), @"base (tiny-roberta/\w+)").Groups[1].Value is { Length: > 0 } path
        ? path
        : _adapter!.Value.GetProperty("base_model_name_or_path").GetString()!;

    /// <summary>PEFT keeps the head that the model had before; with the adapter off it is that one which computes.</summary>
    public bool KeepsOriginalHead => Names().Any(n => n.Contains("modules_to_save", StringComparison.Ordinal));

    /// <summary>The tensors that the reference saved after training; null for a whole model.</summary>
    public SafeTensorsFile? Trained()
        => _adapter is null ? null : Open(_peft ? "adapter/adapter_model.safetensors" : "adapter_model.safetensors");

    /// <summary>The rows of one step.</summary>
    public int[][] Step(int step)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(Repository.Golden, BatchFile));
        int batches = (int)file.Shape("input_ids")[0];
        int rows = (int)file.Shape("input_ids")[1];
        return [[.. Enumerable.Range(step % batches * rows, rows)]];
    }

    /// <summary>The token ids of a training row.</summary>
    public ReadOnlyMemory<int> Tokens(int row)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(Repository.Golden, BatchFile));
        return new GoldenBatch(file, Model.Encoder.Configuration.PadId).Row(row);
    }

    /// <summary>Trained parameters by the names that they have in the checkpoint.</summary>
    public Dictionary<string, ModelParameter> Parameters()
    {
        IReadOnlyDictionary<string, Tensor> tensors = Adapters.Tensors();
        var byTensor = Adapters.Parameters.ToDictionary(p => p.Value);
        var named = tensors.Where(t => byTensor.ContainsKey(t.Value)).ToDictionary(t => t.Key, t => byTensor[t.Value]);
        foreach (ModelParameter parameter in Model.Head.Parameters)
            named.Add(AdapterNames.Of(EncoderFamilies.Default, parameter.Name), parameter);
        return named;
    }

    /// <summary>The reference's optimiser groups, by checkpoint names.</summary>
    public IEnumerable<(double LearningRate, double WeightDecay, string[] Names)> Groups()
        => _run.GetProperty("groups").EnumerateArray()
            .Select(g => (g.GetProperty("lr").GetDouble(), g.GetProperty("weight_decay").GetDouble(),
            g.GetProperty("names").EnumerateArray().Select(n => CheckpointName(n.GetString()!)).ToArray()));

    /// <summary>The name in the checkpoint of a parameter of the live Python model.</summary>
    public static string CheckpointName(string live)
    {
        string name = live.Replace("modules_to_save.default.", "").Replace("lora_magnitude_vector.default.weight", "lora_magnitude_vector")
            .Replace(".default", "");
        return name.StartsWith(AdapterNames.Prefix, StringComparison.Ordinal) ? name : AdapterNames.Prefix + name;
    }

    public void Dispose()
    {
        Expected.Dispose();
        Adapters.Dispose();
        Model.Dispose();
    }

    private string BatchFile => Regex.Match(Text("what"), @"data (\S+\.safetensors)").Groups[1].Value;

    private IEnumerable<string> Names()
        => _run.GetProperty("groups").EnumerateArray().SelectMany(g => g.GetProperty("names").EnumerateArray()).Select(n => n.GetString()!);

    private void Load(string file)
    {
        using SafeTensorsFile source = Open(file);
        Dictionary<string, Tensor> tensors = source.Names.ToDictionary(n => n, n => source.ReadTensor(n));
        Adapters.Load(tensors);
        foreach (ModelParameter parameter in Model.Head.Parameters)
            parameter.CopyFrom(tensors[AdapterNames.Of(EncoderFamilies.Default, parameter.Name)]);
        foreach (Tensor tensor in tensors.Values)
            tensor.Dispose();
    }

    private TrainingData Data(string path, string prefix)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(Repository.Golden, path));
        var batch = new GoldenBatch(file, Model.Encoder.Configuration.PadId, prefix);
        TokenizedDataset texts = Texts.Of(Enumerable.Range(0, batch.Count).Select(r => batch.Row(r).ToArray()));
        return Model.Head.Outputs == 1
            ? TrainingData.Regression(texts, file.ReadFloat32(prefix + "labels"))
            : TrainingData.Classification(texts, [.. file.ReadInt64(prefix + "labels").Select(l => (int)l)], Model.Head.Outputs);
    }

    private string Text(string name) => _run.GetProperty(name).GetString()!;

    private JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, file))).RootElement;

    private SafeTensorsFile Open(string file) => SafeTensorsFile.Open(Path.Combine(_folder, file));
}
