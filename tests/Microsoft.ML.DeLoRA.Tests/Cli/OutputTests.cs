using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Pretraining;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary>What a command cannot write is said by the option's name before any work, and costs no earlier file.</summary>
[Collection("console")]
public sealed class OutputTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public OutputTests()
    {
        File.WriteAllText(_folder["file"], "something else\n");
        Directory.CreateDirectory(_folder["directory"]);
    }

    public void Dispose() => _folder.Dispose();

    // Data that is not there: the error about the output comes before that about the data.
    private string[] Train(params string[] more)
        => ["--data", _folder["no.tsv"], "--text", "Text", "--label", "Class", "--base", TinyBase.Directory, .. more];

    private static UsageException Refused(System.CommandLine.Command command, params string[] arguments)
        => Assert.Throws<UsageException>(() => CommandOutput.Of(command, arguments));

    public static TheoryData<string, string> Places => new()
    {
        { "", "empty" },
        { "missing/m.zip", "does not exist; create it" },
        { "file/m.zip", "is a file, not a directory" },
        { "directory", "is a directory" },
        { "/proc/m.zip", "no file can be written" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void A_place_where_no_model_can_be_saved_is_found_before_training_and_import(string place, string said)
    {
        if (place.StartsWith('/') && !OperatingSystem.IsLinux())
            Assert.Skip("only Linux has /proc");
        string path = place.Length == 0 ? "" : Path.Combine(_folder.Path, place);
        string message = Assert.Throws<UsageException>(() => CommandOutput.Of(TrainCommand.Create(), Train("--save", path))).Message;
        Assert.StartsWith("--save: ", message);
        Assert.Contains(said, message);
        message = Assert.Throws<UsageException>(() => CommandOutput.Of(ImportCommand.Create(),
            "--peft", _folder["none"], "--labels", "a", "b", "--save", path)).Message;
        Assert.StartsWith("--save: ", message);
        Assert.Contains(said, message);
    }

    [Theory]
    [InlineData("--checkpoints", "file", "is a file, and a directory is needed")]
    [InlineData("--checkpoints", "file/run", "is a file, and a directory is needed")]
    [InlineData("--log-tensorboard", "file", "is a file, and a directory is needed")]
    [InlineData("--log-tensorboard", "", "empty")]
    [InlineData("--log-csv", "file", "holds something else than the log of a training")]
    [InlineData("--log-csv", "directory", "is a directory")]
    [InlineData("--log-csv", "file/log.csv", "is a file, and a directory is needed")]
    public void Checkpoints_and_logs_that_cannot_be_written_are_found_before_training(string option, string place, string said)
    {
        string path = place.Length == 0 ? "" : Path.Combine(_folder.Path, place);
        string message = Assert.Throws<UsageException>(
            () => CommandOutput.Of(TrainCommand.Create(), Train("--save", _folder["m.zip"], option, path))).Message;
        Assert.StartsWith(option + ": ", message);
        Assert.Contains(said, message);
        Assert.Equal("something else\n", File.ReadAllText(_folder["file"]));
    }

    [Theory]
    [InlineData("--data", "in.tsv", "in.tsv", "--save and --data name the same file")]
    [InlineData("--data", "in.tsv", "directory/../in.tsv", "--save and --data name the same file")]
    [InlineData("--data", "in.tsv", "link", "--save and --data name the same file")]
    [InlineData("--data", "in.tsv", "linked/in.tsv", "--save and --data name the same file")]
    [InlineData("--data", "link", "in.tsv", "--save and --data name the same file")]
    [InlineData("--eval", "in.tsv", "in.tsv", "--save and --eval name the same file")]
    [InlineData("--base", "base.zip", "base.zip", "--save and --base name the same file")]
    [InlineData("--base", "directory", "directory/config.json", "is a file of --base")]
    [InlineData("--peft", "directory", "linked/directory/config.json", "is a file of --peft")]
    [InlineData("--log-csv", "new.csv", "new.csv", "--save and --log-csv name the same file")]
    [InlineData("--eval", "no.tsv", "in.tsv", "is no model; delete it first")]
    public void A_model_takes_the_place_of_nothing_but_a_model(string option, string input, string save, string said)
    {
        string In(string name) => Path.Combine(_folder.Path, name);
        File.WriteAllText(In("in.tsv"), "Text\tClass\n");
        File.WriteAllBytes(In("base.zip"), "PK"u8.ToArray());
        File.WriteAllText(In("directory/config.json"), "{}");
        File.CreateSymbolicLink(In("link"), In("in.tsv"));
        Directory.CreateSymbolicLink(In("linked"), _folder.Path);
        string[] data = option == "--data" ? [] : ["--data", In("no.tsv")];
        string message =
            Refused(TrainCommand.Create(), [.. data, option, In(input), "--text", "Text", "--label", "Class", "--save", In(save)]).Message;
        Assert.StartsWith("--save", message);
        Assert.Contains(said, message);
        if (option is "--base" or "--peft")
            Assert.Contains(said, Refused(ImportCommand.Create(), option, In(input), "--save", In(save)).Message);
        Assert.Equal("Text\tClass\n", File.ReadAllText(In("in.tsv")));
        Assert.Equal("{}", File.ReadAllText(In("directory/config.json")));
        Assert.False(File.Exists(In("new.csv")));
    }

    [Fact]
    public void Directories_of_export_glue_and_robustness_are_checked_before_anything_is_read()
    {
        string path = Path.Combine(_folder["file"], "out");
        Exception[] errors =
        [
            Refused(ExportCommand.Create(), "--model", _folder["none.zip"], "--peft", path),
            Refused(GlueCommand.Create(), "--task", "rte", "--data", _folder["none"], "--output", path),
            Refused(RobustnessCommand.Create(), "--data", _folder["none"], "--output", path),
            Refused(RobustnessCommand.Create(), "--report", _folder["none"], "--output", path),
        ];
        Assert.All(errors, e => Assert.Contains("is a file, and a directory is needed", e.Message));
        Assert.Contains("is a file, and a directory is needed", Assert.ThrowsAny<IOException>(
            () => CommandOutput.Of(PretrainCommand.Create(), "--corpus", _folder["none.txt"], "--output", path)).Message);
    }

    [Fact]
    public void A_full_disk_is_found_before_training()
    {
        using var disk = new SmallDisk(256);
        File.WriteAllText(disk["m.zip"], "old");
        disk.Fill();
        Assert.StartsWith("--save: In the directory", Assert.Throws<UsageException>(
            () => CommandOutput.Of(TrainCommand.Create(), Train("--save", disk["m.zip"]))).Message);
        Assert.Equal("old", File.ReadAllText(disk["m.zip"]));
    }

    [Fact]
    public void A_disk_that_fills_up_meanwhile_leaves_the_old_model_and_the_new_one_elsewhere()
    {
        var context = TestDevice.Context(1);
        using DeLoRATextTransformer model = Toy.Fit(
            context, Toy.Data(context, Toy.Rows(30)), Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        DataViewSchema schema = Toy.Load(context, []).Schema;
        using var disk = new SmallDisk(256);
        Outputs.Save(context, model, schema, disk["m.zip"]);
        byte[] old = File.ReadAllBytes(disk["m.zip"]);
        disk.Fill(left: 30_000);
        Assert.ThrowsAny<IOException>(() => context.Model.SaveWhole(model, schema, disk["m.zip"]));
        string message = Assert.Throws<IOException>(() => Outputs.Save(context, model, schema, disk["m.zip"])).Message;
        Assert.Equal(old, File.ReadAllBytes(disk["m.zip"]));
        Assert.Equal(["filler", "m.zip"], Directory.GetFileSystemEntries(disk.Path).Select(f => Path.GetFileName(f)).Order());
        string elsewhere = message.Split('\'')[^2];
        try
        {
            ((DeLoRATextTransformer)TestDevice.Context().Model.Load(elsewhere, out _)).Dispose();
        }
        finally
        {
            File.Delete(elsewhere);
        }
        ((DeLoRATextTransformer)TestDevice.Context().Model.Load(disk["m.zip"], out _)).Dispose();
    }

    [Fact]
    public void A_PEFT_directory_keeps_both_of_its_old_files_when_the_disk_is_full()
    {
        using TextModel model = TinyTextModel.Create(method: new LoRAMethod { Rank = 2 });
        using var disk = new SmallDisk(256);
        model.SavePeft(disk["peft"]);
        string[] files = [.. Directory.GetFiles(disk["peft"]).Order()];
        byte[][] old = [.. files.Select(File.ReadAllBytes)];
        disk.Fill(left: 10_000);
        using TextModel other = TinyTextModel.Create(method: new LoRAMethod { Rank = 16 });
        Assert.ThrowsAny<IOException>(() => other.SavePeft(disk["peft"]));
        Assert.Equal(files, Directory.GetFiles(disk["peft"]).Order());
        Assert.Equal(old, files.Select(File.ReadAllBytes));
    }

    [Fact]
    public void A_text_model_is_saved_to_a_path_as_a_whole()
    {
        using TextModel model = TinyTextModel.Create();
        model.Save(_folder["m.zip"]);
        using TextModel loaded = TextModel.Load(_folder["m.zip"], TestDevice.Current);
        Assert.Equal(model.Predict(["abc"]).Values.ToArray(), loaded.Predict(["abc"]).Values.ToArray());
        Assert.Throws<DirectoryNotFoundException>(() => model.Save(_folder["missing/m.zip"]));
        Assert.Throws<FileNotFoundException>(() => TextModel.Load(_folder["none.zip"]));
    }
}
