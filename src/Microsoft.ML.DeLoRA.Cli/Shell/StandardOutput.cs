using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>Nobody reads the output any more, as after <c>delora predict ... | head</c>: no failure, but a reason to end.</summary>
internal sealed class BrokenPipeException(Exception cause) : Exception("Nobody reads the output any more.", cause);

/// <summary>Standard output into a pipe. .NET's own goes on writing into a pipe without a reader, and so would the command.</summary>
/// <param name="pipe">The pipe.</param>
internal sealed class StandardOutput(Stream pipe) : Stream
{
    /// <summary>
    /// Makes <see cref="Console.Out"/> throw <see cref="BrokenPipeException"/> when it is a pipe that was closed at the other end.
    /// </summary>
    public static void EndWithItsReader()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return;
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        // A file may be shared with standard error: there each has to write where the other one stopped, as .NET's own does.
        if (stream.CanSeek)
            return;
        var writer = new StreamWriter(new StandardOutput(stream), new UTF8Encoding(false)) { AutoFlush = true };
        Console.SetOut(TextWriter.Synchronized(writer));
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            pipe.Write(buffer);
        }
        catch (IOException e)
        {
            throw new BrokenPipeException(e);
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
