using System.Text;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Tests.Weights;

public class SafeTensorsWriterTests
{
    public static TheoryData<string> Models => [.. Repository.GoldenCases("tiny-roberta")];

    /// <summary>What Hugging Face wrote comes out byte for byte, whether it went through bytes or through tensors.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void RewritingAModelGivesTheSameBytes(string model)
    {
        string path = Path.Combine(Repository.Golden, "tiny-roberta", model, "model.safetensors");
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        SafeTensorsWriter byBytes = Like(file), byTensors = Like(file);
        using var scope = torch.NewDisposeScope();
        foreach (string name in file.Names.Reverse())
        {
            byBytes.AddBytes(name, file.DataType(name), file.ReadBytes(name), file.Shape(name).ToArray());
            byTensors.Add(name, file.ReadStoredTensor(name));
        }
        byte[] golden = File.ReadAllBytes(path);
        Assert.True(golden.AsSpan().SequenceEqual(Written(byBytes)), "The bytes differ.");
        Assert.True(golden.AsSpan().SequenceEqual(Written(byTensors)), "The bytes differ after going through tensors.");
    }

    [Fact]
    public void WiderTypesComeFirstThenNamesInOrder()
    {
        var writer = new SafeTensorsWriter();
        writer.Add("b", [1f], 1);
        writer.Add("a", [1f], 1);
        writer.Add("B", [1f], 1);
        writer.AddBytes("half", TensorDataType.Float16, new byte[2], 1);
        writer.AddBytes("brain", TensorDataType.BFloat16, new byte[2], 1);
        writer.Add("long", [1L], 1);
        byte[] content = Written(writer);
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(content, "written");
        Assert.Equal(["long", "B", "a", "b", "brain", "half"], file.Names);
        Assert.Equal(0, BitConverter.ToInt64(content) % 8);
        Assert.StartsWith("{\"__metadata__\":{\"format\":\"pt\"},\"long\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},",
            Encoding.UTF8.GetString(content[8..]));
    }

    [Fact]
    public void StoresATensorInAnotherType()
    {
        using torch.Tensor value = torch.tensor(new[] { 0.1f, 1f, -3.14159f });
        var writer = new SafeTensorsWriter();
        writer.Add("half", value, TensorDataType.Float16);
        writer.Add("brain", value, TensorDataType.BFloat16);
        writer.Add("same", value);
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(Written(writer), "written");
        Assert.Equal([(float)(Half)0.1f, 1f, (float)(Half)(-3.14159f)], file.ReadFloat32("half"));
        Assert.Equal([0.100097656f, 1f, -3.140625f], file.ReadFloat32("brain"));
        Assert.Equal(TensorDataType.Float32, file.DataType("same"));
    }

    [Fact]
    public void StoresAViewThatIsNotContiguousAndNeedsGradients()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor matrix = torch.tensor(new[] { 1f, 2f, 3f, 4f, 5f, 6f }).reshape(2, 3).requires_grad_();
        var writer = new SafeTensorsWriter();
        writer.Add("transposed", matrix.t());
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(Written(writer), "written");
        Assert.Equal([3L, 2L], file.Shape("transposed").ToArray());
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], file.ReadFloat32("transposed"));
    }

    [Fact]
    public void BadArgumentsAreRefused()
    {
        var writer = new SafeTensorsWriter();
        writer.Add("a", [1f], 1);
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => writer.Add("a", [1f], 1)).Message);
        Assert.Contains("[3]", Assert.Throws<ArgumentException>(() => writer.Add("b", [1f], 3)).Message);
        Assert.Throws<ArgumentException>(() => writer.Add("__metadata__", [1f], 1));
        Assert.Throws<ArgumentException>(() => writer.Add("", [1f], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Add("c", [1f], -1, -1));
    }

    [Fact]
    public void SavingReplacesTheFileAndLeavesNothingElse()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["model.safetensors"];
        File.WriteAllText(path, "old");
        var writer = new SafeTensorsWriter();
        writer.Add("a", [1f], 1);
        writer.Save(path);
        using (SafeTensorsFile file = SafeTensorsFile.Open(path))
            Assert.Equal([1f], file.ReadFloat32("a"));
        Assert.Equal([path], Directory.GetFileSystemEntries(directory.Path));
        Assert.Contains("absent",
            Assert.Throws<DirectoryNotFoundException>(() => writer.Save(directory["absent/model.safetensors"])).Message);
    }

    [Fact]
    public void AFailedSaveKeepsTheOldFile()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["model.safetensors"];
        File.WriteAllText(path, "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new IOException("disk full");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(directory.Path));
    }

    private static SafeTensorsWriter Like(SafeTensorsFile file)
    {
        var writer = new SafeTensorsWriter();
        writer.Metadata.Clear();
        foreach (var (key, value) in file.Metadata)
            writer.Metadata[key] = value;
        return writer;
    }

    private static byte[] Written(SafeTensorsWriter writer)
    {
        using var stream = new MemoryStream();
        writer.Write(stream);
        return stream.ToArray();
    }
}
