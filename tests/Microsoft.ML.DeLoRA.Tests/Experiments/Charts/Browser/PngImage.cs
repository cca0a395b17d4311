using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>The pixels of a screenshot: a PNG of 8 bits per channel, RGB or RGBA, not interlaced (W3C, PNG specification).</summary>
internal sealed class PngImage
{
    private readonly byte[] _pixels;
    private readonly int _channels;

    public PngImage(byte[] file)
    {
        using var packed = new MemoryStream();
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            ReadOnlySpan<byte> data = file.AsSpan(at + 8, length);
            if (file.AsSpan(at + 4, 4).SequenceEqual("IHDR"u8))
            {
                (Width, Height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
                var kind = (Depth: data[8], Color: data[9], Interlace: data[12]);
                _channels = kind switch { (8, 2, 0) => 3, (8, 6, 0) => 4, _ => throw new NotSupportedException($"A PNG of {kind}.") };
            }
            else if (file.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8))
                packed.Write(data);
            at += length + 12;
        }
        packed.Position = 0;
        _pixels = Unfilter(new ZLibStream(packed, CompressionMode.Decompress), Width * _channels, Height, _channels);
    }

    public int Width { get; }

    public int Height { get; }

    public (int Red, int Green, int Blue) this[int x, int y]
    {
        get
        {
            int at = ((y * Width) + x) * _channels;
            return (_pixels[at], _pixels[at + 1], _pixels[at + 2]);
        }
    }

    // Each line starts with how its bytes follow from those to the left (a), above (b) and above to the left (c).
    private static byte[] Unfilter(Stream lines, int stride, int height, int channels)
    {
        var pixels = new byte[stride * height];
        for (int y = 0; y < height; y++)
        {
            int filter = lines.ReadByte();
            Span<byte> line = pixels.AsSpan(y * stride, stride);
            lines.ReadExactly(line);
            ReadOnlySpan<byte> above = y == 0 ? new byte[stride] : pixels.AsSpan((y - 1) * stride, stride);
            for (int i = 0; i < stride; i++)
            {
                int a = i < channels ? 0 : line[i - channels];
                int c = i < channels ? 0 : above[i - channels];
                line[i] += (byte)(filter switch { 1 => a, 2 => above[i], 3 => (a + above[i]) / 2, 4 => Paeth(a, above[i], c), _ => 0 });
            }
        }
        return pixels;
    }

    private static int Paeth(int a, int b, int c)
    {
        (int toA, int toB, int toC) = (Math.Abs(b - c), Math.Abs(a - c), Math.Abs(a + b - c - c));
        return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
    }
}
