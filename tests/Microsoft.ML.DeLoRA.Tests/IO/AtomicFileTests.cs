using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Tests.IO;

/// <summary>A file is there whole or not at all, and what cannot be written is found out before the work.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    private static void Never(Stream stream) => Assert.Fail("It was written.");

    [Fact]
    public void An_earlier_file_stays_until_the_new_one_is_whole()
    {
        File.WriteAllText(_folder["a"], "old");
        AtomicFile.Write(_folder["a"], stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(_folder["a"]));
        });
        Assert.Equal("new", File.ReadAllText(_folder["a"]));
        Assert.Throws<FormatException>(() => AtomicFile.Write(_folder["a"], stream =>
        {
            stream.Write("half"u8);
            throw new FormatException();
        }));
        Assert.Equal("new", File.ReadAllText(_folder["a"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Files_that_belong_together_are_replaced_together()
    {
        File.WriteAllText(_folder["a"], "old a");
        File.WriteAllText(_folder["b"], "old b");
        Assert.Throws<FormatException>(() => AtomicFile.WriteAll(
            (_folder["a"], stream => stream.Write("new a"u8)), (_folder["b"], _ => throw new FormatException())));
        Assert.Equal("old a", File.ReadAllText(_folder["a"]));
        AtomicFile.WriteAll((_folder["a"], stream => stream.Write("new a"u8)), (_folder["b"], stream => stream.Write("new b"u8)));
        Assert.Equal(["new a", "new b"], new[] { "a", "b" }.Select(n => File.ReadAllText(_folder[n])));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    /// <summary>ML.NET closes its archive so.</summary>
    [Fact]
    public void A_writer_that_swallows_its_error_leaves_the_earlier_file()
    {
        using var disk = new SmallDisk(256);
        File.WriteAllText(disk["a"], "old");
        var error = Assert.Throws<IOException>(() => AtomicFile.Write(disk["a"], stream =>
        {
            try
            {
                stream.Write(new byte[400_000]);
            }
            catch (IOException)
            {
            }
        }));
        Assert.Contains("not written whole", error.Message);
        Assert.Equal("old", File.ReadAllText(disk["a"]));
        Assert.Single(Directory.GetFileSystemEntries(disk.Path));
    }

    public static TheoryData<string, string, string> Impossible => new()
    {
        { "", "empty", "empty" },
        { "  ", "empty", "empty" },
        { "missing/model.zip", "does not exist; create it before 'model.zip'", "" },
        { "file/model.zip", "file' is a file, not a directory", "is a file" },
        { "file/deeper/model.zip", "file' is a file, not a directory", "is a file" },
        { "directory", "is a directory; give the path of a file", "" },
        { "directory/", "is a directory; give the path of a file", "" },
        { "new/", "is a directory; give the path of a file", "" },
        { "protected", "write-protected", "is a file" },
        { new string('x', 300), "", "" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void What_cannot_be_written_is_said_before_and_when_it_is_written(string name, string said, string saidOfDirectory)
    {
        File.WriteAllText(_folder["file"], "");
        File.WriteAllText(_folder["protected"], "");
        File.SetAttributes(_folder["protected"], FileAttributes.ReadOnly);
        Directory.CreateDirectory(_folder["directory"]);
        string[] before = Directory.GetFileSystemEntries(_folder.Path);
        string path = string.IsNullOrWhiteSpace(name) ? name : $"{_folder.Path}/{name}";
        foreach (Action act in new[] { () => AtomicFile.CheckWritable(path), () => AtomicFile.Write(path, Never) })
        {
            Exception error = Assert.ThrowsAny<Exception>(act);
            Assert.True(error is IOException or ArgumentException, error.ToString());
            Assert.Contains(said, error.Message);
        }
        if (saidOfDirectory.Length > 0)
            Assert.Contains(saidOfDirectory, Assert.ThrowsAny<Exception>(() => AtomicFile.CheckWritableDirectory(path)).Message);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_can_be_written_passes_and_nothing_stays()
    {
        File.WriteAllText(_folder["file"], "old");
        AtomicFile.CheckWritable(_folder["file"], size: 1_000_000);
        AtomicFile.CheckWritable(_folder["new"]);
        AtomicFile.CheckWritableDirectory(_folder["a/b/c"]);
        AtomicFile.CheckWritableDirectory(_folder.Path);
        Assert.Equal([_folder["file"]], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal("old", File.ReadAllText(_folder["file"]));
    }

    [Fact]
    public void A_link_stays_one_and_what_it_leads_to_is_written()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows lets only administrators make links.");
        File.WriteAllText(_folder["v1"], "old");
        File.CreateSymbolicLink(_folder["current"], "v1");
        File.CreateSymbolicLink(_folder["next"], _folder["v2"]);
        AtomicFile.Write(_folder["current"], stream => stream.Write("new"u8));
        AtomicFile.Write(_folder["next"], stream => stream.Write("newer"u8));
        Assert.Equal("new", File.ReadAllText(_folder["v1"]));
        Assert.Equal("newer", File.ReadAllText(_folder["v2"]));
        Assert.Equal("v1", new FileInfo(_folder["current"]).LinkTarget);
    }

    [Fact]
    public void Devices_and_system_files_are_not_replaced()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("only Linux has /dev/null and /proc");
        foreach (string path in new[] { "/dev/null", "/dev/full", "/proc/self/status", "/proc/model.zip", "/sys/model.zip" })
        {
            Assert.ThrowsAny<IOException>(() => AtomicFile.CheckWritable(path));
            Assert.ThrowsAny<IOException>(() => AtomicFile.Write(path, Never));
        }
        Assert.ThrowsAny<IOException>(() => AtomicFile.CheckWritableDirectory("/proc/models"));
        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    [Fact]
    public void A_full_disk_is_found_before_and_leaves_the_earlier_file()
    {
        using var disk = new SmallDisk(512);
        File.WriteAllText(disk["a"], "old");
        AtomicFile.CheckWritable(disk["a"], size: 300_000);
        string message = Assert.ThrowsAny<IOException>(() => AtomicFile.CheckWritable(disk["a"], size: 1_000_000)).Message;
        Assert.Contains("no file can be written", message);
        Assert.ThrowsAny<IOException>(() => AtomicFile.CheckWritableDirectory(disk["b"], size: 1_000_000));
        disk.Fill();
        Assert.ThrowsAny<IOException>(() => AtomicFile.CheckWritable(disk["a"]));
        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(disk["a"], stream => stream.Write(new byte[100_000])));
        Assert.Equal("old", File.ReadAllText(disk["a"]));
        Assert.Equal(["a", "filler"], Directory.GetFileSystemEntries(disk.Path).Select(f => Path.GetFileName(f)).Order());
    }
}
