using System.Text.Json;
using DeLoRA.TestSupport;

namespace Compat.Tests.Data;

/// <summary>What the real ML.NET answered, by topic (see the README beside the shared originals).</summary>
internal static class GoldenFile
{
    /// <summary>The topic of the golden set in use, or of the repository's own where that set lacks it.</summary>
    public static JsonElement Load(string topic)
    {
        string chosen = Path.Combine(Repository.Golden, "mlnet", topic + ".json");
        string own = Path.Combine(Repository.Root, "tests", "golden", "mlnet", topic + ".json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(File.Exists(chosen) ? chosen : own));
        return document.RootElement.Clone();
    }

    /// <summary>The names of the members of an object, as theory data.</summary>
    public static TheoryData<string> Names(JsonElement cases, params string[] leftOut)
    {
        var names = new TheoryData<string>();
        foreach (JsonProperty property in cases.EnumerateObject())
        {
            if (!leftOut.Contains(property.Name))
                names.Add(property.Name);
        }
        return names;
    }
}
