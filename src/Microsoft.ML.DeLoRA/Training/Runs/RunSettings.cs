using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>
/// What a run depends on, each as a name and a text: options, method, model, data. A checkpoint is taken up only when all are the same,
/// since with any other value the run would have been another one.
/// </summary>
internal sealed class RunSettings
{
    private static readonly JsonSerializerOptions _json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    private const string Epochs = "training.Epochs";

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    // What an option did before it was one, as in the runs of checkpoints that do not know it.
    private readonly Dictionary<string, string> _defaults = [];
    private readonly TrainingOptions _options;
    private readonly int _stepsPerEpoch;
    private readonly string? _dependsOnEpochs;

    private RunSettings(TrainingOptions options, int stepsPerEpoch, string? dependsOnEpochs)
        => (_options, _stepsPerEpoch, _dependsOnEpochs) = (options, stepsPerEpoch, dependsOnEpochs);

    /// <summary>Gathers them. Reads the frozen weights, for their fingerprint.</summary>
    public static RunSettings Of(
        SequenceClassifier model, AdapterSet? adapters, TrainingOptions options, int stepsPerEpoch, string metric, TrainingData training,
        TrainingData? validation, bool methodCountsSteps = false)
    {
        var settings = new RunSettings(options, stepsPerEpoch, methodCountsSteps ? adapters?.Method.Name : null);
        AddAll(settings._defaults, "training", new TrainingOptions());
        AddAll(settings._values, "training", options with { Checkpoints = null });
        AddAll(settings._values, "training.Schedule", options.Schedule);
        settings._values["training.Schedule"] = options.Schedule.GetType().Name;
        if (adapters is not null)
        {
            AddAll(settings._defaults, "adapter", AdapterMethods.Find(adapters.Method.Name));
            AddAll(settings._values, "adapter", adapters.Method);
        }
        settings._values["adapter"] = adapters?.Method.Name ?? "none";
        AddAll(settings._values, "model", JsonNode.Parse(model.Encoder.Configuration.ToJson()));
        settings._values["model.precision"] = model.Encoder.Precision.ToString();
        settings._values["model.outputs"] = model.Head.Outputs.ToString(CultureInfo.InvariantCulture);
        settings._values["model.device"] = model.Encoder.Device.type.ToString();
        settings._values["model.frozen weights"] = Fingerprint(model, adapters);
        settings._values["metric"] = metric;
        // How seeds become random numbers: 2 since they are derived by purpose.
        settings._values["seeds"] = "2";
        settings.Add("training rows", training);
        settings.Add("validation rows", validation);
        return settings;
    }

    public string ToJson() => JsonSerializer.Serialize(_values);

    /// <summary>Says in which settings this run differs from the one that wrote a checkpoint.</summary>
    /// <param name="saved">What <see cref="ToJson"/> gave then.</param>
    /// <param name="position">How far it had come.</param>
    /// <param name="checkpoint">Its path, for the message.</param>
    /// <remarks>Another number of epochs is no difference where the steps that are done had the same learning rates.</remarks>
    /// <exception cref="InvalidOperationException">They differ; the message names each with both values.</exception>
    /// <exception cref="InvalidDataException"><paramref name="saved"/> is damaged.</exception>
    public void RequireSame(string saved, RunPosition position, string checkpoint)
    {
        Dictionary<string, string> then;
        try
        {
            then = JsonSerializer.Deserialize<Dictionary<string, string>>(saved) ?? [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The settings in '{checkpoint}' are not valid: {e.Message}", e);
        }
        string[] differences = [.. _values.Keys.Union(then.Keys).Order(StringComparer.Ordinal)
            .Select(name => (name, Was: then.GetValueOrDefault(name, _defaults.GetValueOrDefault(name, "not there")),
                Is: _values.GetValueOrDefault(name, "not there")))
            .Where(s => s.Was != s.Is)
            .Select(s => s.name == Epochs && int.TryParse(s.Was, out int epochs) && epochs > 0
                ? OtherEpochs(epochs, position) : $"{s.name} was {s.Was} and is {s.Is}")
            .OfType<string>()];
        if (differences.Length > 0)
            throw new InvalidOperationException($"The run of checkpoint '{checkpoint}' cannot go on, because it was another one: "
                + $"{string.Join("; ", differences)}. "
                + "Use the same settings and data again or another directory, or delete the checkpoints to begin anew.");
    }

    private string? OtherEpochs(int was, RunPosition position)
    {
        string change = FormattableString.Invariant($"{Epochs} was {was} and is {_options.Epochs}");
        int done = position.Step / _stepsPerEpoch;
        if (position.Step > (long)_stepsPerEpoch * _options.Epochs)
            return FormattableString.Invariant($"{change}, but {done} are done already");
        if (_dependsOnEpochs is not null)
            return $"{change}, by which {_dependsOnEpochs} plans its steps";
        int step = Enumerable.Range(0, position.Step).FirstOrDefault(s => Rate(s, was) != Rate(s, _options.Epochs), -1);
        return step < 0 ? null : FormattableString.Invariant(
            $"{change}, with which step {step + 1}, that is done, would have had the learning rate {Rate(step, _options.Epochs):g4} ")
            + FormattableString.Invariant($"instead of {Rate(step, was):g4} ({_options.Schedule.GetType().Name}, ")
            + FormattableString.Invariant($"{Warmup}); ")
            + "the number of epochs can change where the rate does not depend on it, as with ConstantSchedule and a WarmupRatio of 0";
    }

    private double Rate(int step, int epochs)
        => _options.LearningRate * _options.RateFactor(step, checked(_stepsPerEpoch * epochs));

    private string Warmup => _options.WarmupSteps is { } steps
        ? FormattableString.Invariant($"{nameof(_options.WarmupSteps)} {steps}")
        : FormattableString.Invariant($"{nameof(_options.WarmupRatio)} {_options.WarmupRatio}");

    private void Add(string name, TrainingData? data)
        => _values[name] = data is null
            ? "none"
            : string.Create(CultureInfo.InvariantCulture, $"{data.Count} (fingerprint {data.Fingerprint()})");

    private static void AddAll(IDictionary<string, string> target, string prefix, object? values)
        => AddAll(target, prefix, values as JsonNode ?? JsonSerializer.SerializeToNode(values, values?.GetType() ?? typeof(object), _json));

    // An object's members are named one by one, so that a difference is named closely.
    private static void AddAll(IDictionary<string, string> target, string prefix, JsonNode? node)
    {
        if (node is not JsonObject members)
        {
            target[prefix] = node?.ToJsonString() ?? "null";
            return;
        }
        foreach ((string name, JsonNode? value) in members)
            AddAll(target, $"{prefix}.{name}", value);
    }

    private static string Fingerprint(SequenceClassifier model, AdapterSet? adapters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var frozen = model.Encoder.Parameters.Concat(model.Head.Parameters)
            .Concat(adapters?.Adapters.SelectMany(a => a.AllTensors).Concat(adapters.SharedBuffers) ?? [])
            .Where(p => !p.Trainable);
        foreach (ModelParameter parameter in frozen)
            TensorChunks.Read(parameter.Value, TensorDataTypes.From(parameter.Value.dtype), hash.AppendData);
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
