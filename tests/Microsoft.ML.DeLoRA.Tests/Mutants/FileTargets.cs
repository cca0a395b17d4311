using System.Text;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Text;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>A safetensors file of every type, in memory.</summary>
internal sealed class SafeTensorsTarget : MutantTarget
{
    private static readonly byte[] _file = Create();
    private static readonly float[] _before = Read(_file);

    public override string Name => "safetensors";

    public override int Count => 400;

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
        => Result(Read(SafeTensorsMutations.Mutate(_file, random, changed)), _before);

    private static byte[] Create()
    {
        var writer = new SafeTensorsWriter();
        writer.Metadata["note"] = "a";
        foreach (TensorDataType type in Enum.GetValues<TensorDataType>())
            writer.AddBytes(type.ToString(), type, new byte[6 * type.Size()], 2, 3);
        writer.Add("one", [1.5f], 1);
        writer.Add("none", Array.Empty<float>(), 0);
        using var stream = new MemoryStream();
        writer.Write(stream);
        return stream.ToArray();
    }

    // Whatever the bits mean is what was written, so the bytes are compared and not the numbers.
    private static float[] Read(byte[] content)
    {
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(content, "mutant");
        var values = new List<float>();
        foreach (string name in file.Names)
        {
            using Tensor tensor = file.ReadStoredTensor(name);
            values.AddRange(tensor.bytes.ToArray().Select(b => (float)b).Append(tensor.ndim));
        }
        return [.. values.Concat(file.Metadata.Select(m => (float)m.Value.Length))];
    }
}

/// <summary>The two files of a tokenizer.</summary>
internal sealed class TokenizerTarget(string file) : MutantTarget
{
    private const string Text = "lower the newest rest, and a <mask> \u00e4\ud83d\ude00";
    private static readonly SmallVocabulary _vocabulary = SmallVocabulary.Random("estlnorw", 40, seed: 3);
    private static readonly float[] _before = Read(_vocabulary.VocabularyContent, _vocabulary.MergesContent);

    public override string Name => file;

    public override int Count => 250;

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
    {
        (byte[] vocabulary, byte[] merges) = (_vocabulary.VocabularyContent, _vocabulary.MergesContent);
        if (file == "merges.txt")
            merges = ByteMutations.MutateLines(merges, random, changed);
        else if (random.Next(3) == 0)
            vocabulary = ByteMutations.Mutate(vocabulary, random, changed);
        else
            vocabulary = Encoding.UTF8.GetBytes(JsonTree.Mutate(Encoding.UTF8.GetString(vocabulary), random, changed));
        return Result(Read(vocabulary, merges), _before);
    }

    private static float[] Read(byte[] vocabulary, byte[] merges)
    {
        RobertaTokenizer tokenizer = RobertaTokenizer.FromContents(vocabulary, merges);
        int[] ids = [.. tokenizer.Encode(Text, null, 64).Ids, .. tokenizer.Encode(new string('e', 1000) + Text, Text, 64).Ids];
        Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
        return [.. ids.Select(id => (float)id)];
    }
}

/// <summary>A file of a base model's directory, which is opened and computed with.</summary>
internal sealed class BaseModelTarget(string file) : MutantTarget
{
    private const string Index = "model.safetensors.index.json";
    private static readonly Lazy<float[]> _before = new(() => Read(TinyBase.Directory));

    public override string Name => file;

    public override int Count => file == "config.json" ? 250 : 120;

    public override IReadOnlyList<Type> Documented
        => [typeof(InvalidDataException), typeof(FileNotFoundException), typeof(NotSupportedException)];

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
    {
        using var directory = new TemporaryDirectory();
        foreach (string original in Directory.GetFiles(TinyBase.Directory))
            File.Copy(original, directory[Path.GetFileName(original)]);
        if (file == Index)
            Shard(directory);
        byte[] content = File.ReadAllBytes(directory[file]);
        content = file.EndsWith(".safetensors", StringComparison.Ordinal) ? SafeTensorsMutations.Mutate(content, random, changed)
            : random.Next(4) == 0 ? ByteMutations.Mutate(content, random, changed)
            : Encoding.UTF8.GetBytes(JsonTree.Mutate(Encoding.UTF8.GetString(content), random, changed));
        File.WriteAllBytes(directory[file], content);
        return Result(Read(directory.Path), _before.Value);
    }

    private static void Shard(TemporaryDirectory directory)
    {
        File.Move(directory["model.safetensors"], directory["model-00001-of-00001.safetensors"]);
        using SafeTensorsFile shard = SafeTensorsFile.Open(directory["model-00001-of-00001.safetensors"]);
        File.WriteAllText(directory[Index], System.Text.Json.JsonSerializer.Serialize(
            new
            {
                metadata = new { total_size = 1 },
                weight_map = shard.Names.ToDictionary(n => n, _ => "model-00001-of-00001.safetensors")
            }));
    }

    private static float[] Read(string directory)
    {
        using BaseModel model = BaseModel.Open(directory);
        using PackedEncoder encoder = model.CreateEncoder();
        using IDisposable noGrad = no_grad();
        using PackedBatch batch = PackedBatch.Create([new[] { 0, 5, 6, 2 }, new[] { 0, 200, 2 }], model.Configuration.PadId);
        using Tensor output = encoder.ForwardFirst(batch);
        return output.data<float>().ToArray();
    }
}
