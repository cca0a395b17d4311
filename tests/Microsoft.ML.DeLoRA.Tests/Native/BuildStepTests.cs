using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Build;
using Microsoft.ML.DeLoRA.Native;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>The build step that the package ships, in programs outside of the repository.</summary>
[Collection(Builds.Name)]
public sealed class BuildStepTests : IDisposable
{
    // Kinds of projects: the elements that make each, and where its native file is below the output folder (null: none).
    private static readonly Dictionary<string, (string Content, string? NativeFile)> _projects = new()
    {
        ["with-runtime"] =
            ($"<PropertyGroup><OutputType>Exe</OutputType><RuntimeIdentifier>linux-x64</RuntimeIdentifier></PropertyGroup>", ""),
        ["portable"] = ("<PropertyGroup><OutputType>Exe</OutputType></PropertyGroup>", "runtimes/linux-x64/native"),
        ["plug-in"] = ("<PropertyGroup><EnableDynamicLoading>true</EnableDynamicLoading></PropertyGroup>", "runtimes/linux-x64/native"),
        ["user-tests"] =
            ("<PropertyGroup><OutputType>Exe</OutputType><IsTestProject>true</IsTestProject></PropertyGroup>", "runtimes/linux-x64/native"),
        ["library"] = ("<PropertyGroup></PropertyGroup>", null),
        ["damaged"] = ("""
            <PropertyGroup><OutputType>Exe</OutputType><RuntimeIdentifier>linux-x64</RuntimeIdentifier></PropertyGroup>
            <Target Name="Damage" BeforeTargets="DeLoRARepairTorchSharp">
              <ItemGroup>
                <Sound Include="@(NativeCopyLocalItems)" Condition="'%(Filename)%(Extension)' == 'libLibTorchSharp.so'" />
                <NativeCopyLocalItems Remove="@(Sound)" />
                <NativeCopyLocalItems Include="@(Sound->'$(MSBuildProjectDirectory)/runtimes/linux-x64/native/libLibTorchSharp.so')" />
              </ItemGroup>
            </Target>
            """, ""),
    };

    private static readonly byte[] _original = File.ReadAllBytes(NativeRepairTests.TorchSharpFile);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_programs_copy_is_repaired_in_whatever_way_it_is_built_and_the_cache_is_not_touched()
    {
        ChildProcess.RequireSdk();
        foreach (string name in _projects.Keys)
            Create(name);
        Directory.CreateDirectory(_directory["damaged/runtimes/linux-x64/native"]);
        File.WriteAllText(_directory["damaged/runtimes/linux-x64/native/libLibTorchSharp.so"], "garbage");

        string output = Build().Output;

        foreach ((string name, (_, string? folder)) in _projects)
        {
            if (name == "damaged")
            {
                Assert.Matches(@"warning DELORA002: .*libLibTorchSharp\.so could not be made to load with an older libstdc\+\+", output);
                Assert.Equal("garbage", File.ReadAllText(Native(name, "")));
            }
            else if (folder is null)
            {
                Assert.Empty(Directory.GetFiles(_directory[name], NativeRepair.FileName, SearchOption.AllDirectories));
            }
            else
            {
                Assert.True(IsRepaired(Native(name, folder)), name);
            }
        }
        Assert.Equal("runs", ChildProcess.Run("dotnet", null, Path.Combine(_directory["with-runtime"], "out", "with-runtime.dll"))
            .Succeeded().Output.Trim());
        Assert.Equal(_original, File.ReadAllBytes(CachedFile()));

        // A second build neither copies nor repairs: a mark in the output, with size and time as they were, stays.
        string native = Native("with-runtime", "");
        DateTime time = File.GetLastWriteTimeUtc(native);
        File.Delete(native);
        File.WriteAllBytes(native, new byte[_original.Length]);
        File.SetLastWriteTimeUtc(native, time);
        Build("with-runtime");
        Assert.Equal(new byte[_original.Length], File.ReadAllBytes(native));

        // What somebody does to a linked output does not reach the cache, and the next build brings it back.
        File.SetLastWriteTimeUtc(native, time.AddDays(1));
        Build("with-runtime");
        Assert.True(IsRepaired(native));
        using (FileStream output2 = File.OpenWrite(native))
            output2.Write("garbage"u8);
        Assert.Equal(_original, File.ReadAllBytes(CachedFile()));

        ChildProcess.Dotnet(_directory["with-runtime"], [], "build", "-v", "quiet", "-p:DeLoRARepairTorchSharp=false").Succeeded();
        Assert.Equal(_original, File.ReadAllBytes(native));

        ChildProcess.Dotnet(_directory["with-runtime"], [], "publish", "-v", "quiet", "-o", _directory["published"]).Succeeded();
        Assert.True(IsRepaired(_directory[$"published/{NativeRepair.FileName}"]));
        ChildProcess.Dotnet(_directory["portable"], [], "publish", "-v", "quiet", "-o", _directory["published-portable"]).Succeeded();
        Assert.True(IsRepaired(_directory[$"published-portable/runtimes/linux-x64/native/{NativeRepair.FileName}"]));
        Assert.Equal(_original, File.ReadAllBytes(CachedFile()));

        // One file, which unpacks its native files when it starts. (A restore for that would ask a feed for a trimmer's package.)
        ChildProcess.Dotnet(_directory["with-runtime"], [], "publish", "--no-restore", "-v", "quiet", "-o", _directory["single"],
            "-p:PublishSingleFile=true",
            "-p:IncludeNativeLibrariesForSelfExtract=true", "-p:EnableSingleFileAnalyzer=false").Succeeded();
        Assert.False(File.Exists(_directory[$"single/{NativeRepair.FileName}"]));
        if (NativeFolder.Platform == "linux-x64")
        {
            ChildProcess.Run(_directory["single/with-runtime"], null,
                new Dictionary<string, string?> { ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = _directory["unpacked"] })
                .Succeeded();
            Assert.True(IsRepaired(Assert.Single(Directory.GetFiles(_directory["unpacked"], NativeRepair.FileName,
                SearchOption.AllDirectories))));
        }
    }

    [Fact]
    public void On_another_file_system_than_the_caches_the_files_are_copied()
    {
        ChildProcess.RequireSdk();
        const string memory = "/dev/shm";
        Assert.SkipUnless(Directory.Exists(memory), $"there is no other file system at {memory}");
        string elsewhere = Path.Combine(memory, Path.GetFileName(_directory.Path)) + "/";
        try
        {
            Create("portable");
            ChildProcess.Dotnet(_directory["portable"], [], "build", "-v", "quiet", $"-p:OutDir={elsewhere}").Succeeded();
            Assert.True(IsRepaired(Path.Combine(elsewhere, "runtimes/linux-x64/native", NativeRepair.FileName)));
            Assert.True(File.Exists(Path.Combine(elsewhere, "runtimes/win-x64/native/LibTorchSharp.dll")));
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
    }

    private string Native(string project, string folder) => Path.Combine(_directory[project], "out", folder, NativeRepair.FileName);

    // The weak one is what a second look has nothing to do with.
    private static bool IsRepaired(string file)
    {
        byte[] content = File.ReadAllBytes(file);
        return content.Length == _original.Length && ElfVersionNeed.Read(content).Single(n => n.Version == NativeRepair.Version).IsWeak;
    }

    // The package's file in the cache that these builds use.
    private string CachedFile()
    {
        using var assets = System.Text.Json.JsonDocument.Parse(File.ReadAllText(_directory["portable/obj/project.assets.json"]));
        string cache = assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
        return Path.Combine(cache, "torchsharp", "0.107.0", "runtimes", "linux-x64", "native", NativeRepair.FileName);
    }

    private void Create(string name)
    {
        Directory.CreateDirectory(_directory[name]);
        File.WriteAllText(_directory[$"{name}/{name}.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutDir>$(MSBuildProjectDirectory)/out/</OutDir>
                <SelfContained>false</SelfContained>
                <DeLoRABuildTasks>{Builds.Output("Microsoft.ML.DeLoRA.Build")}/Microsoft.ML.DeLoRA.Build.dll</DeLoRABuildTasks>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="TorchSharp" Version="0.107.0" /></ItemGroup>
              {_projects[name].Content}
              <Import Project="{Repository.Root}/src/Microsoft.ML.DeLoRA/buildTransitive/Microsoft.ML.DeLoRA.targets" />
            </Project>
            """);
        bool isProgram = _projects[name].Content.Contains("Exe", StringComparison.Ordinal);
        File.WriteAllText(_directory[$"{name}/Code.cs"], isProgram ? "System.Console.WriteLine(\"runs\");" : "public class Code;");
    }

    // All projects in one call.
    private ChildProcess Build(string name = "*")
    {
        File.WriteAllText(_directory["all.proj"], $"""
            <Project>
              <ItemGroup><Project Include="{name}/*.csproj" /></ItemGroup>
              <Target Name="Build">
                <MSBuild Projects="@(Project)" Targets="Restore" Properties="Session=restore" />
                <MSBuild Projects="@(Project)" Targets="Build" />
              </Target>
            </Project>
            """);
        return ChildProcess.Dotnet(_directory.Path, [], "msbuild", "all.proj", "-v:minimal", "-nologo").Succeeded();
    }
}

/// <summary>What tests that build with the SDK share; they run one at a time, as each takes all processors.</summary>
public static class Builds
{
    public const string Name = "builds";

    /// <summary>The configuration of this build: release or debug.</summary>
    public static string Configuration { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>The output folder of another project of the repository.</summary>
    public static string Output(string project)
        => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, Configuration));
}
