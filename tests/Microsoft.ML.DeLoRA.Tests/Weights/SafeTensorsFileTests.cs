using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Weights;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Tests.Weights;

public class SafeTensorsFileTests
{
    public static TheoryData<string> Faults => [.. HostileSafeTensors.All().Select(file => file.Fault)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void HostileFilesAreRefusedByNameAndFault(string fault)
    {
        var (_, content, message) = HostileSafeTensors.All().Single(file => file.Fault == fault);
        using var directory = new TemporaryDirectory();
        string path = directory["bad.safetensors"];
        File.WriteAllBytes(path, content);
        foreach (Action open in (Action[])[() => SafeTensorsFile.Open(path), () => SafeTensorsFile.FromBytes(content, path)])
        {
            var error = Assert.Throws<InvalidDataException>(open);
            Assert.StartsWith(path, error.Message);
            Assert.Contains(message, error.Message);
        }
        // Fails unless the refused file has been closed.
        File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }

    [Fact]
    public void ReadsEveryFloatingPointTypeAsFloat32()
    {
        var writer = new SafeTensorsWriter();
        writer.Add("f32", [1.5f, -2f], 2);
        writer.AddBytes("f16", TensorDataType.Float16,
            (byte[])[.. BitConverter.GetBytes((Half)0.333f), .. BitConverter.GetBytes((Half)(-65504f))], 2);
        writer.AddBytes("bf16", TensorDataType.BFloat16, new byte[] { 0x80, 0x3F, 0x49, 0xC0 }, 1, 2);
        writer.AddBytes("f64", TensorDataType.Float64, BitConverter.GetBytes(0.1), []);
        writer.Add("i64", [long.MinValue, 7], 2, 1);
        writer.AddBytes("i32", TensorDataType.Int32, BitConverter.GetBytes(-5), 1);
        using SafeTensorsFile file = Read(writer);
        Assert.Equal([1.5f, -2f], file.ReadFloat32("f32"));
        Assert.Equal([(float)(Half)0.333f, -65504f], file.ReadFloat32("f16"));
        Assert.Equal([1f, -3.140625f], file.ReadFloat32("bf16"));
        Assert.Equal([0.1f], file.ReadFloat32("f64"));
        Assert.Equal([long.MinValue, 7], file.ReadInt64("i64"));
        Assert.Equal([-5L], file.ReadInt64("i32"));
        Assert.Empty(file.Shape("f64").ToArray());
        Assert.Equal([1, 2], file.Shape("bf16").ToArray());
        Assert.Equal(TensorDataType.BFloat16, file.DataType("bf16"));
        Assert.Contains("I64", Assert.Throws<InvalidDataException>(() => file.ReadFloat32("i64")).Message);
        Assert.Contains("F32", Assert.Throws<InvalidDataException>(() => file.ReadInt64("f32")).Message);
    }

    [Fact]
    public void ReadsTensorsAsFloat32OrAsStored()
    {
        var writer = new SafeTensorsWriter();
        writer.AddBytes("half", TensorDataType.Float16, (byte[])[.. BitConverter.GetBytes((Half)0.5f), .. BitConverter.GetBytes((Half)2f)],
            2, 1);
        writer.Add("ids", [3L, 4L], 2);
        writer.Add("none", Array.Empty<float>(), 0, 3);
        using SafeTensorsFile file = Read(writer);
        using var half = file.ReadTensor("half");
        Assert.Equal(TorchSharp.torch.ScalarType.Float32, half.dtype);
        Assert.Equal([2L, 1L], half.shape);
        Assert.Equal([0.5f, 2f], half.data<float>().ToArray());
        using var stored = file.ReadStoredTensor("half");
        Assert.Equal(TorchSharp.torch.ScalarType.Float16, stored.dtype);
        using var ids = file.ReadStoredTensor("ids");
        Assert.Equal([3L, 4L], ids.data<long>().ToArray());
        using var none = file.ReadTensor("none");
        Assert.Equal([0L, 3L], none.shape);
    }

    [Fact]
    public void MissingTensorsAndWrongShapesAreNamed()
    {
        var writer = new SafeTensorsWriter();
        writer.Add("present", [1f, 2f], 2, 1);
        using SafeTensorsFile file = Read(writer);
        Assert.True(file.Contains("present"));
        Assert.False(file.Contains("absent"));
        string missing = Assert.Throws<InvalidDataException>(() => file.Require("absent", 3, 4)).Message;
        Assert.Contains("'absent' of shape [3, 4]", missing);
        Assert.Contains("'present'", missing);
        string shape = Assert.Throws<InvalidDataException>(() => file.Require("present", 1, 2)).Message;
        Assert.Contains("'present'", shape);
        Assert.Contains("[2, 1]", shape);
        Assert.Contains("[1, 2]", shape);
        Assert.Throws<InvalidDataException>(() => file.Shape("absent").Length);
        Assert.Throws<ArgumentException>(() => file.CopyTo("present", new byte[7]));
        using var found = file.Require("present", 2, 1);
        Assert.Equal([1f, 2f], found.data<float>().ToArray());
    }

    [Fact]
    public void MetadataAndUnusualNames()
    {
        var writer = new SafeTensorsWriter();
        writer.Metadata["note"] = "a \"b\" \\ ü \U0001D49C";
        writer.Add("ß \U0001D49C\n", [1f], 1);
        using SafeTensorsFile file = Read(writer);
        Assert.Equal("a \"b\" \\ ü \U0001D49C", file.Metadata["note"]);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(["ß \U0001D49C\n"], file.Names);
    }

    [Fact]
    public void AFileWithoutTensorsIsValid()
    {
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(HostileSafeTensors.File("{}", 0), "nothing");
        Assert.Empty(file.Names);
        Assert.Contains("no tensors", Assert.Throws<InvalidDataException>(() => file.ReadFloat32("a")).Message);
    }

    [Fact]
    public void AnEmptyTensorMayShareItsPlaceWithAnother()
    {
        const string Header =
            """{"full":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"empty":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""";
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(HostileSafeTensors.File(Header, 4), "with an empty tensor");
        Assert.Empty(file.ReadFloat32("empty"));
        Assert.Equal([0f], file.ReadFloat32("full"));
    }

    [Fact]
    public void AMissingFileIsNamed() =>
        Assert.Contains("none.safetensors", Assert.Throws<FileNotFoundException>(() => SafeTensorsFile.Open("none.safetensors")).Message);

    [Fact]
    public void ReadingFromAClosedFileThrows()
    {
        using var directory = new TemporaryDirectory();
        var writer = new SafeTensorsWriter();
        writer.Add("a", [1f], 1);
        writer.Save(directory["a.safetensors"]);
        SafeTensorsFile file = SafeTensorsFile.Open(directory["a.safetensors"]);
        Assert.Equal([1f], file.ReadFloat32("a"));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.ReadFloat32("a"));
    }

    private static SafeTensorsFile Read(SafeTensorsWriter writer)
    {
        using var stream = new MemoryStream();
        writer.Write(stream);
        return SafeTensorsFile.FromBytes(stream.ToArray(), "written");
    }

    /// <summary>A file with a hole of 5 GB, which takes no room on the disk.</summary>
    [Fact]
    public void Tensors_behind_the_second_and_fourth_gigabyte_are_read()
    {
        using var folder = new TemporaryDirectory();
        const long hole = 5L << 30;
        byte[] header = System.Text.Encoding.UTF8.GetBytes(
            $"{{\"hole\":{{\"dtype\":\"F16\",\"shape\":[{hole / 2}],\"data_offsets\":[0,{hole}]}},"
            + $"\"last\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[{hole},{hole + 8}]}}}}");
        using (FileStream stream = File.Create(folder["large.safetensors"]))
        {
            stream.Write(BitConverter.GetBytes((long)header.Length));
            stream.Write(header);
            stream.SetLength(8 + header.Length + hole);
            stream.Seek(-2, SeekOrigin.End);
            stream.Write(BitConverter.GetBytes((Half)1.5f));
            stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>([2.5f, -3f]));
        }
        using SafeTensorsFile file = SafeTensorsFile.Open(folder["large.safetensors"]);
        Assert.Equal([2.5f, -3f], file.ReadFloat32("last"));
        var end = new byte[4];
        file.CopyTo("hole", hole - 4, end);
        Assert.Equal([0, 1.5f], end.Chunk(2).Select(b => (float)BitConverter.ToHalf(b)));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.CopyTo("hole", hole - 3, new byte[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.CopyTo("hole", -1, new byte[4]));
        // Of one array no more can be asked.
        Assert.Contains("at most", Assert.Throws<InvalidDataException>(() => file.ReadBytes("hole")).Message);
    }

    [Fact]
    public void A_tensor_of_several_pieces_is_read_and_written_bit_by_bit()
    {
        // More than two pieces in either type, and no whole number of them.
        const int count = 9_000_001;
        using torch.Tensor values = torch.arange(count, dtype: torch.float32) * 0.37f;
        using var written = new MemoryStream();
        var writer = new SafeTensorsWriter();
        writer.Add("full", values);
        writer.Add("half", values, TensorDataType.BFloat16);
        writer.Write(written);
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(written.ToArray(), "pieces");
        using torch.Tensor full = file.ReadTensor("full");
        using torch.Tensor half = file.ReadTensor("half");
        using torch.Tensor rounded = values.bfloat16().@float();
        Assert.True(full.eq(values).all().item<bool>());
        Assert.True(half.eq(rounded).all().item<bool>());
    }

    [Fact]
    public void A_file_that_is_cut_short_while_it_is_open_is_an_error_and_ends_no_process()
    {
        using var folder = new TemporaryDirectory();
        var writer = new SafeTensorsWriter();
        writer.Add("a", new float[100_000], 100_000);
        writer.Save(folder["a.safetensors"]);
        using SafeTensorsFile file = SafeTensorsFile.Open(folder["a.safetensors"]);
        using (var other = new FileStream(folder["a.safetensors"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            other.SetLength(5000);
        Assert.Contains("cut short", Assert.Throws<InvalidDataException>(() => file.ReadFloat32("a")).Message);
    }

    [Theory]
    [InlineData(nameof(TensorDataType.Int64))]
    [InlineData(nameof(TensorDataType.Int32))]
    [InlineData(nameof(TensorDataType.UInt8))]
    [InlineData(nameof(TensorDataType.Boolean))]
    public void Integers_are_no_weights(string name)
    {
        TensorDataType type = Enum.Parse<TensorDataType>(name);
        var writer = new SafeTensorsWriter();
        writer.AddBytes("layer.weight", type, new byte[8], type == TensorDataType.Int64 ? 1 : type == TensorDataType.Int32 ? 2 : 8);
        using var stream = new MemoryStream();
        writer.Write(stream);
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(stream.ToArray(), "model.safetensors");
        string message = Assert.Throws<InvalidDataException>(() => file.Require("layer.weight", file.Shape("layer.weight"))).Message;
        Assert.Contains("Tensor 'layer.weight' of model.safetensors holds", message);
        Assert.Throws<InvalidDataException>(() => file.ReadTensor("layer.weight"));
    }
}
