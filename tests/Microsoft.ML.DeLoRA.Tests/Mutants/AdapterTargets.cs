using System.Text;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>A file of an adapter directory of PEFT's, of every method that it has a form for.</summary>
internal sealed class PeftTarget(string file) : MutantTarget
{
    private static readonly Lazy<(byte[] Configuration, byte[] Tensors, float[] Scores)[]> _all = new(Create);

    public override string Name => file;

    public override int Count => file == PeftDirectory.ConfigurationFile ? 500 : 150;

    public override IReadOnlyList<Type> Documented => [typeof(InvalidDataException), typeof(NotSupportedException)];

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
    {
        (byte[] configuration, byte[] tensors, float[] scores) = _all.Value[random.Next(_all.Value.Length)];
        if (file == PeftDirectory.TensorsFile)
            tensors = SafeTensorsMutations.Mutate(tensors, random, changed);
        else if (random.Next(5) == 0)
            configuration = ByteMutations.Mutate(configuration, random, changed);
        else
            configuration = Encoding.UTF8.GetBytes(JsonTree.Mutate(Encoding.UTF8.GetString(configuration), random, changed));
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory[PeftDirectory.ConfigurationFile], configuration);
        File.WriteAllBytes(directory[PeftDirectory.TensorsFile], tensors);
        return Result(Read(directory), scores);
    }

    private static float[] Read(TemporaryDirectory directory)
    {
        using TextModel model = TextModel.LoadPeft(directory.Path, TinyBase.Directory, device: TestDevice.Current);
        return model.Predict(SavedModels.Texts).Values.ToArray();
    }

    private static (byte[], byte[], float[])[] Create()
    {
        var all = new List<(byte[], byte[], float[])>();
        foreach (string name in AdapterMethodTable.AllNames)
        {
            using var directory = new TemporaryDirectory();
            using TextModel model = TinyTextModel.Create(method: AdapterMethodTable.Get(name));
            try
            {
                model.SavePeft(directory.Path);
            }
            catch (NotSupportedException)
            {
                // One that PEFT has no form for; whether it should have, PeftDirectoryTests say.
                continue;
            }
            byte[] configuration = File.ReadAllBytes(directory[PeftDirectory.ConfigurationFile]);
            all.Add((configuration, File.ReadAllBytes(directory[PeftDirectory.TensorsFile]), Read(directory)));
        }
        Assert.InRange(all.Count, 20, int.MaxValue);
        return [.. all];
    }
}

/// <summary>A method with its options as a saved model keeps it, put on an encoder.</summary>
internal sealed class MethodTarget : MutantTarget
{
    public override string Name => "method";

    public override int Count => 250;

    public override IReadOnlyList<Type> Documented => [typeof(System.Text.Json.JsonException)];

    public override (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed)
    {
        string[] names = [.. AdapterMethodTable.AllNames];
        AdapterMethod method = AdapterMethodTable.Get(names[random.Next(names.Length)]);
        byte[] json = Write(method);
        byte[] mutant = random.Next(5) == 0
            ? ByteMutations.Mutate(json, random, changed)
            : Encoding.UTF8.GetBytes(JsonTree.Mutate(Encoding.UTF8.GetString(json), random, changed));
        return ([], Write(AdapterMethodJson.Read(mutant)).AsSpan().SequenceEqual(json));
    }

    private static byte[] Write(AdapterMethod method)
    {
        using var stream = new MemoryStream();
        AdapterMethodJson.Write(stream, method);
        return stream.ToArray();
    }
}
