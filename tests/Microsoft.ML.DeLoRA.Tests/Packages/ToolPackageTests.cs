using System.IO.Compression;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Native;

namespace Microsoft.ML.DeLoRA.Tests.Packages;

/// <summary>The tool as a package for one system, installed from a folder.</summary>
[Collection(Builds.Name)]
public sealed class ToolPackageTests(PackageFixture packages)
{
    [Fact]
    public void The_tool_installs_and_runs()
    {
        Assert.EndsWith($"delora.{NativeFolder.Platform}.{packages.Version}.nupkg", packages.ToolPackage);
        using (ZipArchive package = ZipFile.OpenRead(packages.ToolPackage))
        {
            Assert.DoesNotContain(package.Entries, e => e.FullName.Contains("/runtimes/", StringComparison.Ordinal));
            Assert.Contains(package.Entries, e => e.Name == NativeFolder.LibtorchFile);
        }
        Assert.InRange(new FileInfo(packages.ToolPackage).Length, 1, 250_000_000);

        (string folder, Dictionary<string, string?> environment) = packages.Outside("tool-user");
        string tools = Path.Combine(folder, "tools");
        ChildProcess.Dotnet(folder, environment, "tool", "install", "delora", "--tool-path", tools, "--version", packages.Version)
            .Succeeded();
        string delora = Path.Combine(tools, OperatingSystem.IsWindows() ? "delora.exe" : "delora");
        Assert.Matches(@"^0\.1\.0", ChildProcess.Run(delora, folder, "--version").Succeeded().Output);
        Assert.Contains("Nothing is wrong.", ChildProcess.Run(delora, folder, "doctor").Succeeded().Output);
        Assert.Contains("train", ChildProcess.Run(delora, folder, "--help").Succeeded().Output);
    }
}
