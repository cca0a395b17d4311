using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>Numbers in and out.</summary>
public class DataTests
{
    [Fact]
    public void Arrays_round_trip_with_their_type()
    {
        using DisposeScope scope = NewDisposeScope();
        Check(tensor(new float[] { 1.5f, -2 }), float32, [1.5f, -2f]);
        Check(tensor(new double[] { 1.5, -2 }), float64, [1.5, -2]);
        Check(tensor(new long[] { 1L << 40, -2 }), int64, [1L << 40, -2L]);
        Check(tensor(new int[] { 1, -2 }), int32, [1, -2]);
        Check(tensor(new byte[] { 1, 255 }), uint8, [(byte)1, (byte)255]);
        Check(tensor(new bool[] { true, false }), ScalarType.Bool, [true, false]);

        static void Check<T>(Tensor tensor, ScalarType type, T[] values) where T : struct
        {
            Assert.Equal(type, tensor.dtype);
            Assert.Equal(values, tensor.data<T>().ToArray());
            Assert.Equal([values.Length], tensor.shape);
        }
    }

    [Fact]
    public void A_tensor_does_not_share_its_array()
    {
        float[] values = [1, 2];
        using Tensor tensor = torch.tensor(values);
        values[0] = 5;
        Assert.Equal(1, tensor[0].ToSingle());
    }

    [Fact]
    public void Arrays_take_a_shape_and_another_type()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = torch.tensor(new[] { 1, 2, 3, 4, 5, 6 }, [2, 3], float64);
        Assert.Equal([2, 3], tensor.shape);
        Assert.Equal(6, tensor[1, 2].item<double>());
        Assert.Equal([2, 2], torch.from_array(new[,] { { 1f, 2 }, { 3, 4 } }).shape);
        Assert.Equal([2, 2], torch.tensor(new[,] { { 1f, 2 }, { 3, 4 } }).shape);
    }

    [Fact]
    public void Elements_of_a_transposed_tensor_come_in_its_own_order()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = arange(6).view(2, 3).t();
        Assert.Equal([0, 3, 1, 4, 2, 5], tensor.data<long>().ToArray());
        Assert.Equal(4, tensor.data<long>()[1, 1]);
        Assert.ThrowsAny<Exception>(() => tensor.bytes.Length);
    }

    [Fact]
    public void Elements_can_be_set_in_place()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = zeros(2, 2);
        tensor.data<float>()[1, 0] = 7;
        Assert.Equal(7, tensor[1, 0].ToSingle());
        tensor[0, 1] = torch.tensor(3f);
        tensor.data<float>().CopyFrom([9], 0, 0);
        Assert.Equal([9, 3, 7, 0], tensor.data<float>().ToArray());
    }

    [Fact]
    public void Bytes_are_the_memory_itself()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = zeros(2);
        tensor.bytes = MemoryMarshal.AsBytes(new float[] { 1, 2 }.AsSpan());
        Assert.Equal([1, 2], tensor.data<float>().ToArray());
        MemoryMarshal.Cast<byte, float>(tensor.bytes)[1] = 5;
        Assert.Equal(6, tensor.sum().ToSingle());
        Assert.ThrowsAny<Exception>(() => tensor.bytes = new byte[9]);
    }

    [Fact]
    public void Reading_beyond_the_end_throws()
    {
        using Tensor tensor = zeros(2, 2);
        Assert.ThrowsAny<Exception>(() => tensor.data<float>()[2, 0]);
        Assert.ThrowsAny<Exception>(() => tensor.data<float>()[-1, 0]);
    }

    [Fact]
    public void Bfloat16_keeps_eight_bits_of_the_fraction()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1f, -2.5f, 0.1f, 3e38f, float.NaN });
        Tensor b = x.to(bfloat16);
        Assert.Equal(bfloat16, b.dtype);
        Assert.Equal(2, b.element_size());
        float[] back = b.to(float32).data<float>().ToArray();
        Assert.Equal([1f, -2.5f, 0.10009765625f], back[..3]); // 0.1 to 8 significant bits
        Assert.Equal(3e38f, back[3], 3e38f / 256);
        Assert.Equal(float.NaN, back[4]);
        // The bits: the upper half of a float's.
        Assert.Equal(0x3F80, MemoryMarshal.Cast<byte, ushort>(b.bytes)[0]);
    }

    [Fact]
    public void Float16_bytes_can_be_loaded()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor half = empty(2, float16);
        half.bytes = MemoryMarshal.AsBytes(new[] { (Half)0.5, (Half)(-3) }.AsSpan());
        Assert.Equal([0.5f, -3f], half.to(float32).data<float>().ToArray());
        Assert.Equal((Half)0.5, half.data<Half>()[0]);
    }

    [Fact]
    public void A_product_in_bfloat16_is_near_the_one_in_float()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(2);
        Tensor x = randn(64, 128, generator: generator), w = randn(32, 128, generator: generator), b = randn(32, generator: generator);
        Tensor exact = nn.functional.linear(x, w, b);
        Tensor rounded = nn.functional.linear(x.to(bfloat16), w.to(bfloat16), b.to(bfloat16));
        Assert.Equal(bfloat16, rounded.dtype);
        // Relative rounding 2^-9 of each factor and of the result, over sums of 128 products of size about 11.
        Assert.InRange((rounded.to(float32) - exact).abs().max().ToSingle(), 0, 0.5f);
    }

    [Fact]
    public void A_tensor_describes_itself()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = zeros(2, 3, float64);
        Assert.Equal(2, tensor.dim());
        Assert.Equal(2, tensor.ndim);
        Assert.Equal(6, tensor.numel());
        Assert.Equal(6, tensor.NumberOfElements);
        Assert.Equal(3, tensor.size(1));
        Assert.Equal(3, tensor.size(-1));
        Assert.Equal([3, 1], tensor.stride());
        Assert.Equal(8, tensor.element_size());
        Assert.Equal(DeviceType.CPU, tensor.device.type);
        Assert.Equal("cpu", tensor.device.ToString());
        Assert.True(tensor.is_contiguous());
        Assert.False(tensor.t().is_contiguous());
        Assert.True(tensor.is_floating_point());
        Assert.False(tensor.is_cuda);
        Assert.ThrowsAny<Exception>(() => tensor.size(2));
    }
}
