using System.Net.Sockets;
using System.Runtime.InteropServices;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.IO;

/// <summary>What stands under the name of a model's file and is none is refused by that name, without being read or waited for.</summary>
public class RegularFileTests
{
    private static readonly string[] _baseFiles = ["config.json", "model.safetensors", "vocab.json", "merges.txt"];
    private static readonly string[] _adapterFiles = [PeftDirectory.ConfigurationFile, PeftDirectory.TensorsFile];

    private static readonly Dictionary<string, (string Said, Action<string> Put)> _things = new()
    {
        ["a device"] = ("no regular file", path => File.CreateSymbolicLink(path, "/dev/zero")),
        ["a pipe"] = ("no regular file", path => Assert.Equal(0, MakeFifo(path, 0b110_000_000))),
        ["a link to a pipe"] = ("no regular file", path =>
        {
            Assert.Equal(0, MakeFifo(path + ".pipe", 0b110_000_000));
            File.CreateSymbolicLink(path, path + ".pipe");
        }
        ),
        ["a socket"] = ("no regular file", path =>
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path + "s"));
            // Closing removes the socket's own name; the other one stays.
            Assert.Equal(0, Link(path + "s", path));
        }
        ),
        ["an empty file"] = ("is empty", path => File.WriteAllBytes(path, [])),
        ["a dangling link"] = ("which does not exist", path => File.CreateSymbolicLink(path, path + ".gone")),
        ["a link to itself"] = ("", path => File.CreateSymbolicLink(path, path)),
        ["a link to a directory"] = ("", path => File.CreateSymbolicLink(path, Path.GetTempPath())),
        ["a directory"] = ("", path => Directory.CreateDirectory(path)),
    };

    public static TheoryData<string, string> Cases
        => [.. _things.Keys.SelectMany(thing => _baseFiles.Concat(_adapterFiles).Select(file => (thing, file)))];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Is_refused_by_name(string thing, string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files.");
        using var directory = new TemporaryDirectory();
        Action open = _baseFiles.Contains(file) ? ()
            => BaseModel.Open(directory.Path).Dispose() : () => PeftDirectory.Open(directory.Path).Dispose();
        if (_baseFiles.Contains(file))
            TinyBase.WriteTo(directory.Path);
        else
            WriteAdapter(directory.Path);
        open();
        File.Delete(directory[file]);
        _things[thing].Put(directory[file]);

        // Opening a pipe waits for whoever writes to it; the wait here is for a library that does so, too.
        Exception? error = await Task.Run(() => Record.Exception(open), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.True(error is InvalidDataException or IOException, $"{error}");
        Assert.Contains(file, error.Message);
        Assert.Contains(_things[thing].Said, error.Message);
    }

    [Fact]
    public void A_link_to_a_file_is_a_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows wants rights for links.");
        using var directory = new TemporaryDirectory();
        using var blobs = new TemporaryDirectory();
        TinyBase.WriteTo(blobs.Path);
        // As Hugging Face's cache has it: a link to a link, one of them relative.
        foreach (string file in _baseFiles)
        {
            File.CreateSymbolicLink(directory[file + ".link"], blobs[file]);
            File.CreateSymbolicLink(directory[file], file + ".link");
        }
        using BaseModel model = BaseModel.Open(directory.Path);
        Assert.Equal(TinyBase.Configuration.HiddenSize, model.Configuration.HiddenSize);
    }

    [Fact]
    public void What_is_longer_than_the_limit_is_not_read()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["a"], new byte[11]);
        Assert.Contains("more than 10", Assert.Throws<InvalidDataException>(() => RegularFile.ReadAll(directory["a"], 10)).Message);
        Assert.Equal(new byte[11], RegularFile.ReadAll(directory["a"], 11));
        // One of 8 GB that takes no room.
        using (FileStream sparse = File.Create(directory["config.json"]))
            sparse.SetLength(1L << 33);
        Assert.Contains("8,589,934,592 bytes", Assert.Throws<InvalidDataException>(() => BaseModel.Open(directory.Path)).Message);
    }

    [Fact]
    public void A_beginning_is_looked_for_in_regular_files_only()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["a"], "PKx"u8);
        Assert.True(RegularFile.StartsWith(directory["a"], "PK"u8));
        Assert.False(RegularFile.StartsWith(directory["a"], "PKxy"u8));
        Assert.False(RegularFile.StartsWith(directory["a"], "x"u8));
        Assert.False(RegularFile.StartsWith(directory["gone"], "PK"u8));
        Assert.False(RegularFile.StartsWith(directory.Path, "PK"u8));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(0, MakeFifo(directory["pipe"], 0b110_000_000));
            Assert.False(RegularFile.StartsWith(directory["pipe"], "PK"u8));
        }
    }

    [Fact]
    public void A_stream_is_copied_up_to_a_limit_or_until_there_is_enough()
    {
        byte[] content = new byte[200_000];
        new Random(1).NextBytes(content);
        using var whole = new MemoryStream();
        Assert.True(BoundedRead.Copy(new MemoryStream(content), whole, content.Length, () => new InvalidDataException("long")));
        Assert.Equal(content, whole.ToArray());
        Assert.Throws<InvalidDataException>(() => BoundedRead.Copy(
            new MemoryStream(content), new MemoryStream(), content.Length - 1, () => new InvalidDataException("long")));
        using var part = new MemoryStream();
        Assert.False(BoundedRead.Copy(new MemoryStream(content), part, content.Length, () => new InvalidDataException("long"), _ => true));
        Assert.InRange(part.Length, 1, content.Length - 1);
        Assert.Equal(content[..(int)part.Length], part.ToArray());
    }

    private static void WriteAdapter(string directory)
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 1 });
        PeftDirectory.Save(directory, adapters, model.Head);
    }

    [DllImport("libc", EntryPoint = "mkfifo")]
    private static extern int MakeFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", EntryPoint = "link")]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string other);
}
