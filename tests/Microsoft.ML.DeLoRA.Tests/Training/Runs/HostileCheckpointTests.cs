using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Mutants;
using Microsoft.ML.DeLoRA.Training.Runs;

namespace Microsoft.ML.DeLoRA.Tests.Training.Runs;

/// <summary>A checkpoint may be whole and yet say what cannot be: the one before is used then, and the run ends as it would have.</summary>
public class HostileCheckpointTests
{
    /// <summary>The stopped run is in the second of two epochs of four steps each, after six steps.</summary>
    public static TheoryData<string, string> Positions => new()
    {
        { "StepsInEpoch", "999" },
        { "StepsInEpoch", "-1" },
        { "StepsInEpoch", "3" },
        { "Epoch", "0" },
        { "Epoch", "3" },
        { "Epoch", "-2147483648" },
        { "Epoch", "2147483647" },
        { "Step", "2147483647" },
        { "Step", "-1" },
        { "MaxRows", "0" },
        { "MaxRows", "-1" },
        { "LossSum", "\"NaN\"" },
        { "LossWeight", "\"Infinity\"" },
        { "LossWeight", "1e400" },
        { "Epochs", "null" },
        { "Epochs", "[]" },
        { "Epochs", "[null]" },
        { "Epochs", """[{"Epoch": 9, "TrainingLoss": 1, "ValidationLoss": 1, "ValidationMetric": 1, "Step": 4}]""" },
        { "Evaluations", "null" },
        { "Evaluations", "[null]" },
        { "Evaluations", """[{"Epoch": 1, "TrainingLoss": 1, "ValidationLoss": null, "ValidationMetric": null, "Step": 4}]""" },
        { "Best", "null" },
        { "Finished", "null" },
    };

    [Theory]
    [MemberData(nameof(Positions))]
    public void A_position_that_cannot_be_is_not_taken_up(string key, string value)
    {
        using var directory = new TemporaryDirectory();
        StoppedRun.WriteTo(directory);
        string newest = directory[StoppedRun.Names[0]];
        using RunFile file = RunFile.Open(newest);
        Assert.Equal((2, 2, 6), (file.Position.Epoch, file.Position.StepsInEpoch, file.Position.Step));
        JsonObject position = JsonNode.Parse(file.Position.ToJson())!.AsObject();
        position[key] = JsonNode.Parse(value);
        Assert.Throws<InvalidDataException>(() => StoppedRun.Extent.Check(RunPosition.FromJson(position.ToJsonString())));
        StoppedRun.Extent.Check(file.Position);
    }

    [Fact]
    public void The_one_before_is_used_in_its_place()
    {
        using var directory = new TemporaryDirectory();
        StoppedRun.WriteTo(directory);
        StoppedRun.Rewrite(directory, (position, _) =>
        {
            position.StepsInEpoch = 999;
            return position;
        });
        var messages = new List<string>();
        Assert.Equal(StoppedRun.Values, StoppedRun.Resume(directory, messages));
        Assert.Contains("999 steps in an epoch of 4", Assert.Single(messages));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("/dev/zero")]
    public void A_link_to_no_file_is_no_checkpoint(string target)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows wants rights for links.");
        using var directory = new TemporaryDirectory();
        StoppedRun.WriteTo(directory);
        string newest = directory[StoppedRun.Names[0]];
        File.Delete(newest);
        File.CreateSymbolicLink(newest, target);
        var messages = new List<string>();
        Assert.Equal(StoppedRun.Values, StoppedRun.Resume(directory, messages));
        // Others may follow: nothing is written through a link to a device either.
        Assert.Contains($"'{newest}' is damaged", messages[0]);
    }
}
