using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Native;

namespace Microsoft.ML.DeLoRA.Tests.Packages;

/// <summary>
/// tests/BesideTorchSharp: a program that imports Microsoft.ML.TorchSharp and TorchSharp's modules beside this library. That it was built
/// says that no name which it uses is there twice, and that nothing warns.
/// </summary>
public sealed class BesideTorchSharpTests
{
    [Fact]
    public void Both_live_in_one_program_and_no_type_is_named_twice()
    {
        ChildProcess.RequireSdk();
        ChildProcess program = ChildProcess.Program(
            Path.Combine(Builds.Output("BesideTorchSharp"), "BesideTorchSharp.dll"), [],
                Path.Combine(Repository.Root, "docs", "migrating.md"));
        Dictionary<string, string> said = program.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(": ", 2)).ToDictionary(parts => parts[0], parts => parts[1].Trim());

        // Whoever replaces the one estimator by the other finds the same columns, and the same annotations on them.
        Assert.Contains("PredictedLabel Scalar Key UInt32", said["ours"]);
        Assert.Equal(said["theirs"], said["ours"]);
        Assert.Equal("12, sums of their scores from 1.0000 to 1.0000", said["rows"]);
        Assert.Equal("1, 2", said["modules"]);
        Assert.Equal("true", said["guide"]);
        Assert.Matches(@"^\d{2,} of ours, \d{3,} of theirs, of both: none$", said["names"]);
    }
}
