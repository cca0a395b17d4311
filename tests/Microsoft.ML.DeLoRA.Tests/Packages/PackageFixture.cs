using System.IO.Compression;
using System.Xml.Linq;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Native;

namespace Microsoft.ML.DeLoRA.Tests.Packages;

/// <summary>The packages of this build in a folder that is a feed, packed once for all tests.</summary>
public sealed class PackageFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Lazy<string> _feed, _tool;

    public PackageFixture() => (_feed, _tool) = (new(PackLibrary), new(PackTool));

    /// <summary>The folder with the packages.</summary>
    public string Feed => _feed.Value;

    /// <summary>The packages' version; the fixture's own, so that no cache has it already.</summary>
    public string Version => "0.1.0-test";

    /// <summary>The tool's package for this system, in the feed from now on.</summary>
    internal string ToolPackage => _tool.Value;

    /// <summary>A package of the feed.</summary>
    internal ZipArchive Open(string id, string extension = "nupkg") => ZipFile.OpenRead(Path.Combine(Feed, $"{id}.{Version}.{extension}"));

    /// <summary>A package's description of itself.</summary>
    internal static XElement Metadata(ZipArchive package)
    {
        using Stream stream = package.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
    }

    /// <summary>
    /// A folder outside of the repository whose restores take this feed beside the machine's own, and a cache of their own.
    /// </summary>
    /// <remarks>What the machine's cache has is used where it lies; only the packages of this build are unpacked anew.</remarks>
    internal (string Folder, Dictionary<string, string?> Environment) Outside(string name)
    {
        string folder = _directory[name];
        Directory.CreateDirectory(folder);
        string cache = ChildProcess.Dotnet(folder, [], "nuget", "locals", "global-packages", "--list", "--force-english-output")
            .Succeeded().Output.Trim();
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources><add key="this build" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{cache[(cache.IndexOf(':') + 1)..].Trim()}" /></fallbackPackageFolders>
            </configuration>
            """);
        return (folder, new()
        {
            ["NUGET_PACKAGES"] = _directory["cache"],
            ["DOTNET_CLI_HOME"] = _directory["home"],
            ["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1",
            ["DOTNET_ADD_GLOBAL_TOOLS_TO_PATH"] = "false",
        });
    }

    public void Dispose() => _directory.Dispose();

    private string PackLibrary()
    {
        ChildProcess.RequireSdk();
        Pack("Microsoft.ML.DeLoRA.Text");
        Pack("Microsoft.ML.DeLoRA.Persistence");
        Pack("Microsoft.ML.DeLoRA");
        return _directory["feed"];
    }

    private void Pack(string project, params string[] more)
        => ChildProcess.Dotnet(Repository.Root, [],
            ["pack", Path.Combine("src", project), "-c", Builds.Configuration, "--no-build", "-v", "quiet", "--nologo",
            $"-p:PackageVersion={Version}", $"-p:PackageOutputPath={_directory["feed"]}", .. more]).Succeeded();

    private string PackTool()
    {
        string feed = Feed;
        const string tool = "Microsoft.ML.DeLoRA.Cli";
        Pack(tool, $"-p:PublishDir={_directory["tool"]}/", "-p:CreateHardLinksForPublishFilesIfPossible=true");
        string package = Directory.GetFiles(feed, "delora.*.nupkg").Single();
        Pack(tool, "-p:RuntimeIdentifier=", "-p:CreateRidSpecificToolPackages=false");
        return package;
    }
}

/// <summary>Packages are packed once, and built with one at a time.</summary>
[CollectionDefinition(Builds.Name)]
public sealed class PackagesCollection : ICollectionFixture<PackageFixture>;
