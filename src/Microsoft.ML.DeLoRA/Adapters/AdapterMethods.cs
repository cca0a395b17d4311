using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// The adapter methods that models can be made with: those of this library, and those of your own once they are registered. A saved
/// model names its method; nothing else in the file chooses a type.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public static class AdapterMethods
{
    private static ImmutableArray<AdapterMethod> _all =
    [
        new DeLoRAMethod(),
        new MultiplicativeDeLoRAMethod(),
        new LoRAMethod(),
        new DoRAMethod(),
        new AdaLoRAMethod(),
        new VeRAMethod(),
        new IA3Method(),
        new ETHERMethod(),
        new ETHERPlusMethod(),
        new OFTMethod(),
        new BOFTMethod(),
        new HRAMethod(),
        new BottleneckMethod(),
        new REDMethod(),
        new BitFitMethod(),
        new FullFineTuningMethod(),
        new LoReFTMethod(),
    ];

    /// <summary>Every method with its default options, in the order of registration.</summary>
    public static IReadOnlyList<AdapterMethod> All => _all;

    internal static string Names => string.Join(", ", _all.Select(m => m.Name));

    /// <summary>
    /// Makes a method of your own known, so that models with it can be trained, saved and loaded. Call it once at the start of every
    /// program that does one of these; again is harmless.
    /// </summary>
    /// <param name="defaults">
    /// The method with its default options: a record whose options are properties with init accessors that JSON can hold.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The name is empty or that of another method, or the options do not survive being written to JSON and read again.
    /// </exception>
    public static void Register(AdapterMethod defaults)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        ArgumentException.ThrowIfNullOrWhiteSpace(defaults.Name, nameof(defaults));
        CheckJson(defaults);
        ImmutableInterlocked.Update(ref _all, known => known.FirstOrDefault(m => HasName(m, defaults.Name)) switch
        {
            null => known.Add(defaults),
            { } same when same.GetType() == defaults.GetType() => known.Replace(same, defaults),
            { } other => throw new ArgumentException(
                $"There is a method '{other.Name}' already ({other.GetType()}); give {defaults.GetType()} another name.", nameof(defaults)),
        });
    }

    /// <summary>The method of a name, in any case, with its default options; null when there is none.</summary>
    internal static AdapterMethod? Find(string name) => _all.FirstOrDefault(m => HasName(m, name));

    /// <summary>Can a model with this method be saved and loaded?</summary>
    internal static bool IsKnown(AdapterMethod method) => Find(method.Name)?.GetType() == method.GetType();

    /// <summary>The options that are not as in the registered method of that name; none for a method that is not registered.</summary>
    internal static IEnumerable<KeyValuePair<string, JsonNode?>> ChangedOptions(AdapterMethod method)
    {
        if (!IsKnown(method))
            return [];
        JsonObject defaults = AdapterMethodJson.Values(Find(method.Name)!);
        return AdapterMethodJson.Values(method).Where(o => !JsonNode.DeepEquals(o.Value, defaults[o.Key]));
    }

    /// <summary>Refuses a method whose models could not be saved.</summary>
    /// <exception cref="ArgumentException">It is not registered.</exception>
    internal static void Require(AdapterMethod? method, string parameter)
    {
        if (method is not null && !IsKnown(method))
            throw new ArgumentException($"The adapter method '{method.Name}' ({method.GetType()}) is not registered, "
                + "so a model with it could not "
                + $"be saved; call {nameof(AdapterMethods)}.{nameof(Register)} first. Registered are: {Names}.", parameter);
    }

    private static bool HasName(AdapterMethod method, string name) => method.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static void CheckJson(AdapterMethod method)
    {
        try
        {
            string json = AdapterMethodJson.Serialize(method);
            if (AdapterMethodJson.Serialize(AdapterMethodJson.Deserialize(json, method.GetType())) == json)
                return;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new ArgumentException($"The options of '{method.Name}' ({method.GetType()}) cannot be written to "
                + $"JSON and read again: {e.Message}",
                nameof(method), e);
        }
        throw new ArgumentException(
            $"The options of '{method.Name}' ({method.GetType()}) are not the same after being written to JSON and read again.",
                nameof(method));
    }
}
