using System.IO.Compression;
using System.Text;
using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>Saved models of every method, as zip files.</summary>
internal static class SavedModels
{
    public static IReadOnlyList<string> Texts { get; } = ["a b c", "", "the rest"];

    private static readonly Lazy<(byte[] Zip, float[] Scores)[]> _all = new(() =>
    [
        .. AdapterMethodTable.AllNames.Select(name =>
        {
            using TextModel model = TinyTextModel.Create(method: AdapterMethodTable.Get(name));
            using var stream = new MemoryStream();
            model.Save(stream);
            return (stream.ToArray(), Scores(stream.ToArray()));
        }),
    ]);

    public static (byte[] Zip, float[] Scores) Pick(Random random) => _all.Value[random.Next(_all.Value.Length)];

    public static float[] Scores(byte[] zip)
    {
        using TextModel model = TextModel.Load(new MemoryStream(zip), TestDevice.Current);
        return model.Predict(Texts).Values.ToArray();
    }
}

/// <summary>A model file with one of its streams changed and packed again.</summary>
internal sealed class ModelStreamsTarget : MutantTarget
{
    public override string Name => "model streams";

    public override int Count => 400;

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
    {
        (byte[] zip, float[] scores) = SavedModels.Pick(random);
        var streams = new List<(string Name, byte[] Content)>();
        using (var archive = new ZipArchive(new MemoryStream(zip)))
        {
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using Stream stream = entry.Open();
                using var content = new MemoryStream();
                stream.CopyTo(content);
                streams.Add((entry.FullName, content.ToArray()));
            }
        }
        if (random.Next(5) > 0)
            RemoveChecksums(streams);
        int at = random.Next(streams.Count);
        (string name, byte[] bytes) = streams[at];
        switch (random.Next(10))
        {
            case 0:
                streams.RemoveAt(at);
                changed($"{name} left out");
                break;
            case 1:
                streams.Add((name, streams[random.Next(streams.Count)].Content));
                changed($"{name} doubled");
                break;
            case 2:
                int other = random.Next(streams.Count);
                (streams[at], streams[other]) = ((name, streams[other].Content), (streams[other].Name, bytes));
                changed($"{name} and {streams[other].Name} swapped");
                break;
            default:
                streams[at] = (name, Mutate(name, bytes, random, change => changed($"{name}: {change}")));
                break;
        }
        using var result = new MemoryStream();
        using (var archive = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string entry, byte[] content) in streams)
            {
                using Stream stream = archive.CreateEntry(entry, CompressionLevel.Fastest).Open();
                stream.Write(content);
            }
        }
        return Result(SavedModels.Scores(result.ToArray()), scores);
    }

    // A file of version 1 has none: what is changed in it is not only found, but read.
    private static void RemoveChecksums(List<(string Name, byte[] Content)> streams)
    {
        streams.RemoveAll(s => s.Name == "manifest.json");
        int description = streams.FindIndex(s => s.Name == "model.json");
        string json = Encoding.UTF8.GetString(streams[description].Content)
            .Replace("\"format_version\": 2", "\"format_version\": 1", StringComparison.Ordinal);
        streams[description] = ("model.json", Encoding.UTF8.GetBytes(json));
    }

    private static byte[] Mutate(string name, byte[] bytes, Random random, Action<string> changed) => Path.GetExtension(name) switch
    {
        ".safetensors" => SafeTensorsMutations.Mutate(bytes, random, changed),
        ".json" when random.Next(5) > 0 => Encoding.UTF8.GetBytes(JsonTree.Mutate(Encoding.UTF8.GetString(bytes), random, changed)),
        ".txt" => ByteMutations.MutateLines(bytes, random, changed),
        _ => ByteMutations.Mutate(bytes, random, changed),
    };
}

/// <summary>A model file with any of its bytes changed.</summary>
internal sealed class ModelZipTarget : MutantTarget
{
    public override string Name => "model zip";

    public override int Count => 150;

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
    {
        (byte[] zip, float[] scores) = SavedModels.Pick(random);
        return Result(SavedModels.Scores(ByteMutations.Mutate(zip, random, changed)), scores);
    }
}
