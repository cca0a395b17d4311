using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// An adapter as Python's PEFT saves it: adapter_config.json beside adapter_model.safetensors, the classification head included. Adapters
/// of the authors' fork of PEFT (DeLoRA with frozen copies, bottleneck adapters) have the same two files. Files are untrusted: all that
/// they say is checked.
/// </summary>
/// <example><code>
/// using PeftDirectory directory = PeftDirectory.Open("my-adapter");
/// using AdapterSet adapters = directory.Attach(model.Encoder);
/// directory.LoadHead(model.Head);
/// ...
/// PeftDirectory.Save("my-adapter-2", adapters, model.Head, "roberta-base");
/// </code></example>
/// <remarks>Holds the tensors' file open until disposed; what was made from it stays valid. Thread-safe for reading.</remarks>
internal sealed class PeftDirectory : IDisposable
{
    /// <summary>The file with the method and its options.</summary>
    public const string ConfigurationFile = "adapter_config.json";

    /// <summary>The file with the tensors.</summary>
    public const string TensorsFile = "adapter_model.safetensors";

    private const string Pickle = "adapter_model.bin";

    // Room for every module's name in every list; a real one has a few thousand bytes.
    private const int LargestConfiguration = 1_000_000;

    private readonly SafeTensorsFile _tensors;

    private volatile IReadOnlyList<string> _warnings;

    private PeftDirectory(string path, EncoderFamily family, PeftConfiguration configuration, SafeTensorsFile tensors)
    {
        (Path, Family, Configuration, _tensors) = (path, family, configuration, tensors);
        _warnings = [.. configuration.Warnings, .. LacksBiases ? [BiasWarning] : Array.Empty<string>(), .. HeadWarnings()];
    }

    /// <summary>The directory, as it was given.</summary>
    public string Path { get; }

    /// <summary>The configuration; give it to <see cref="Save"/> to keep its other settings.</summary>
    public PeftConfiguration Configuration { get; }

    /// <summary>The method with its options.</summary>
    public AdapterMethod Method => Configuration.Method;

    /// <summary>
    /// What the reader should know, one sentence each; empty when all is well. <see cref="Attach"/> adds what it had to leave out.
    /// </summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The tensors by PEFT's names.</summary>
    public ITensorSource Tensors => _tensors;

    /// <summary>The family of the encoder that it is for, as its tensors are named.</summary>
    internal EncoderFamily Family { get; }

    /// <summary>Outputs of the classification head that is in the file: classes, or 1 for regression; null when there is no head.</summary>
    public int? HeadOutputs
    {
        get
        {
            string name = AdapterNames.Of(Family, Family.Head.OutputWeight);
            return _tensors.Contains(name) && _tensors.Shape(name) is [> 0 and <= int.MaxValue and var outputs, _] ? (int)outputs : null;
        }
    }

    private string BiasWarning => $"{Path}: 'bias' says that biases were trained, but the file has none, as PEFT does not save them for "
        + "every method; the base model's are used.";

    private IEnumerable<string> HeadWarnings()
    {
        var known = Family.Head.ParameterNames.Select(n => AdapterNames.Of(Family, n)).ToHashSet(StringComparer.Ordinal);
        string[] unknown = [.. _tensors.Names.Where(n => AdapterNames.IsOfHead(n) && !known.Contains(n))];
        if (unknown.Length == 0)
            yield break;
        string more = unknown.Length > 4 ? $" and {unknown.Length - 4} more" : "";
        yield return $"{_tensors.Description}: the tensors {PeftKeys.Join(unknown.Take(4))}{more} belong to a head, but not to "
            + $"{Family.Title}'s ({Family.Head.Dense} and {Family.Head.Output}); they are left out.";
    }

    // The head's own biases are there in any case.
    private bool LacksBiases => Method is LinearAdapterMethod { Bias: not BiasTraining.None } && !_tensors.Names.Any(IsEncoderBias);

    /// <summary>Opens a directory that PEFT or <see cref="Save"/> wrote.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="FileNotFoundException">One of the two files is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, or a setting has an impossible value; the message names file and key.
    /// </exception>
    /// <exception cref="NotSupportedException">A method or a setting that is not supported; the message names it.</exception>
    public static PeftDirectory Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException(
                $"The adapter directory '{path}' does not exist. Expected is one with {ConfigurationFile} and {TensorsFile}.");
        string configurationPath = Require(path, ConfigurationFile);
        string json = Utf8Text.Decode(RegularFile.ReadAll(configurationPath, LargestConfiguration), configurationPath);
        PeftConfiguration configuration = PeftConfiguration.Parse(json, configurationPath);
        SafeTensorsFile tensors = SafeTensorsFile.Open(Require(path, TensorsFile));
        // Only the tensors say whose names the configuration's patterns are about.
        EncoderFamily family = FamilyOf(tensors);
        if (family != EncoderFamilies.Default)
            configuration = PeftConfiguration.Parse(json, configurationPath, family);
        return new PeftDirectory(path, family, configuration, tensors);
    }

    /// <summary>Saves adapters with their head so that PEFT reads them.</summary>
    /// <param name="path">The directory; made when it does not exist. The files replace earlier ones when both are complete.</param>
    /// <param name="adapters">
    /// The adapters. A set whose start is subtracted (DeLoRA with frozen copies, PiSSA, OLoRA) is saved as the LoRA of twice the rank that
    /// it equals.
    /// </param>
    /// <param name="head">The head that was trained with them.</param>
    /// <param name="baseModelName">Name or path of the base model for PEFT; null: that of the configuration, or none.</param>
    /// <param name="configuration">
    /// The configuration that the adapters were read with: its settings stay, unknown ones too, unless an option was changed. Null writes
    /// what differs from PEFT's defaults, so that every version that has the method reads it. Patterns that PEFT has no form for are
    /// written as the names of the modules that they stand for.
    /// </param>
    /// <param name="format">Who shall read it; null: who wrote the configuration or, without one, PEFT.</param>
    /// <returns>The method that was written: that of the adapters, or the LoRA that they equal.</returns>
    /// <exception cref="NotSupportedException">The reader has no form for the method or an option; the message says which.</exception>
    /// <exception cref="ArgumentException">
    /// The configuration is of another method, or the format is <see cref="AdapterFormat.LoRA"/> and the adapters are no DeLoRA ones.
    /// </exception>
    public static AdapterMethod Save(string path, AdapterSet adapters, ClassificationHead head, string? baseModelName = null,
        PeftConfiguration? configuration = null, AdapterFormat? format = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentNullException.ThrowIfNull(head);
        if (format is { } asked && !Enum.IsDefined(asked))
            throw new ArgumentException($"There is no adapter format {asked}.", nameof(format));
        if (configuration is not null && configuration.Format != PeftFormats.Of(adapters.Method))
            throw new ArgumentException($"The configuration is for {configuration.Method.Name} ({configuration.PeftType}) and the adapters "
                + $"are {adapters.Method.Name} of another format; save them without it.", nameof(configuration));
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        AdapterFormat reader = format ?? (configuration is { Format.IsOfPeft: false } ? AdapterFormat.Authors : AdapterFormat.Peft);
        (AdapterMethod method, IReadOnlyDictionary<string, Tensor> tensors) = PeftFormats.Export(adapters, reader);
        Write(path, method, tensors, adapters.Encoder, head, baseModelName, configuration);
        return method;
    }

    /// <summary>Puts the adapters on an encoder, with the values in the file.</summary>
    /// <param name="encoder">The base model that they were trained on.</param>
    /// <param name="enabled">False leaves the encoder as it is until <see cref="AdapterSet.Enabled"/> is set.</param>
    /// <returns>
    /// The set. Its method has the file's options, but names only what the encoder has: as in PEFT, a file may name modules that are not
    /// there, as long as one of its targets is; <see cref="Warnings"/> then says what was left out.
    /// </returns>
    /// <exception cref="InvalidDataException">Options or tensors do not fit the encoder; the message names them.</exception>
    /// <exception cref="NotSupportedException">The adapter is on an embedding or on the pooler.</exception>
    /// <exception cref="InvalidOperationException">Another set is enabled on one of the modules.</exception>
    public AdapterSet Attach(PackedEncoder encoder, bool enabled = true)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        // It would change what the classifier reads.
        if (_tensors.Names.FirstOrDefault(n => n.StartsWith(AdapterNames.Of(Family, "pooler."), StringComparison.Ordinal)
            && AdapterNames.IsOfHead(n) && Family.Head.ParameterNames.All(p => n != AdapterNames.Of(Family, p))) is { } onPooler)
            throw new NotSupportedException(
                $"{_tensors.Description} has '{onPooler.Short()}': an adapter on the pooler, which is not supported here.");
        using PatternBudget? budget = PatternBudget.Begin();
        (AdapterSet adapters, PeftPlaces places) = Place(encoder, enabled);
        try
        {
            using var scope = NewDisposeScope();
            adapters.Load(Read(adapters.Tensors(), places));
            _warnings = [.. _warnings.Union(places.Warnings)];
            return adapters;
        }
        catch
        {
            adapters.Dispose();
            throw;
        }
    }

    /// <summary>Overwrites a head's parameters with the values in the file.</summary>
    /// <exception cref="InvalidDataException">The file has no head, or one of another shape; nothing has been changed then.</exception>
    public void LoadHead(ClassificationHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        using var scope = NewDisposeScope();
        var weights = new CheckpointWeights(AdapterNames.ByOwnName(_tensors, Family));
        Tensor[] values = [.. head.Parameters.Select(p => weights.Get(p.Name, p.Value.shape))];
        foreach ((ModelParameter parameter, Tensor value) in head.Parameters.Zip(values))
            parameter.CopyFrom(value);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _tensors.Dispose();

    private static void Write(string path, AdapterMethod method, IReadOnlyDictionary<string, Tensor> tensors, PackedEncoder encoder,
        ClassificationHead head, string? baseModelName, PeftConfiguration? configuration)
    {
        using PatternBudget? budget = PatternBudget.Begin();
        JsonObject keys = configuration?.For(method, encoder, baseModelName) ?? PeftConfiguration.Create(method, encoder, baseModelName);
        var writer = new SafeTensorsWriter();
        if (!PeftFormats.Of(method).IsOfPeft)
            writer.Metadata.Clear();
        var ofHead = head.Parameters.Select(p => KeyValuePair.Create(AdapterNames.Of(encoder.Family, p.Name), p.Value));
        foreach ((string name, Tensor tensor) in tensors.Concat(ofHead))
            writer.Add(name, tensor, TensorDataType.Float32);
        byte[] text = Encoding.ASCII.GetBytes(PythonJson.Write(keys));
        AtomicFile.CheckWritableDirectory(path);
        Directory.CreateDirectory(path);
        AtomicFile.WriteAll(
            (System.IO.Path.Combine(path, TensorsFile), writer.Write),
            (System.IO.Path.Combine(path, ConfigurationFile), stream => stream.Write(text)));
    }

    private (AdapterSet Adapters, PeftPlaces Places) Place(PackedEncoder encoder, bool enabled)
    {
        try
        {
            PeftPlaces places = Configuration.On(encoder);
            AdapterMethod method = WithEmbeddings(encoder, places.Method);
            SavedShapes.Require(encoder, method, _tensors, Configuration.Format.MayLack);
            return (AdapterSet.Attach(encoder, method, enabled: enabled), places);
        }
        catch (ArgumentException e)
        {
            // The method checks its options; here they came from a file.
            throw new InvalidDataException($"{Path}: {ConfigurationFile} does not fit the encoder: {e.Message}", e);
        }
    }

    // PEFT saves word embeddings that were resized with any method (save_embedding_layers); here a module that is saved as a whole.
    private AdapterMethod WithEmbeddings(PackedEncoder encoder, AdapterMethod method)
    {
        string name = encoder.WordEmbeddings.Name;
        if (!_tensors.Contains(AdapterNames.Of(encoder.Family, name))
            || EncoderModules.Select(encoder, method.ModulesToSave).Any(p => p.Name == name))
            return method;
        return method with { ModulesToSave = [.. method.ModulesToSave, name[..name.LastIndexOf('.')]] };
    }

    // Shapes are compared before anything is read, so that a file cannot ask for more memory than its adapters need.
    private Dictionary<string, Tensor> Read(IReadOnlyDictionary<string, Tensor> own, PeftPlaces places)
    {
        bool IsLeftOut(string name) => AdapterNames.IsOfHead(name) || Configuration.Format.Ignores(name)
            || places.AbsentModules.Any(m => name.Contains($".{m}.", StringComparison.Ordinal));
        if (_tensors.Names.FirstOrDefault(n => !own.ContainsKey(n) && !IsLeftOut(n)) is { } unknown)
            throw new InvalidDataException(
                $"{_tensors.Description} has the tensor '{unknown.Short()}', which no adapter of {ConfigurationFile} takes."
                + string.Concat(places.Warnings.Select(w => " " + w)));
        return own.ToDictionary(o => o.Key, o => IsFromBase(o.Key) ? o.Value : _tensors.Require(o.Key, o.Value.shape));
    }

    private bool IsFromBase(string name)
        => !_tensors.Contains(name) && (Configuration.Format.MayLack(name) || (LacksBiases && IsEncoderBias(name)));

    private static bool IsEncoderBias(string name) => name.EndsWith(".bias", StringComparison.Ordinal) && !AdapterNames.IsOfHead(name);

    private static EncoderFamily FamilyOf(ITensorSource tensors)
        => EncoderFamilies.All.FirstOrDefault(
            f => tensors.Names.Any(n => n.StartsWith(AdapterNames.Prefix + f.Prefix, StringComparison.Ordinal))) ?? EncoderFamilies.Default;

    private static string Require(string directory, string name)
    {
        string path = System.IO.Path.Combine(directory, name);
        if (File.Exists(path))
            return path;
        string advice = name == TensorsFile && File.Exists(System.IO.Path.Combine(directory, Pickle))
            ? $" {Pickle} is a Python pickle, which can run any code and is not read; "
                + "save the adapter in Python with safe_serialization=True."
            : "";
        throw new FileNotFoundException($"The adapter directory '{directory}' has no {name}.{advice}", path);
    }
}
