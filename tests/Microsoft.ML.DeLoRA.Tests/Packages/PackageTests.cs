using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Microsoft.ML.DeLoRA.Tests.Native;

namespace Microsoft.ML.DeLoRA.Tests.Packages;

/// <summary>What is in the packages.</summary>
[Collection(Builds.Name)]
public sealed class PackageTests(PackageFixture packages)
{
    private const string Library = "Microsoft.ML.DeLoRA";
    private const string Persistence = "Microsoft.ML.DeLoRA.Persistence";
    private const string Text = "Microsoft.ML.DeLoRA.Text";

    [Theory]
    [InlineData(Library, new[] { "buildTransitive/Microsoft.ML.DeLoRA.targets", "tasks/Microsoft.ML.DeLoRA.Build.dll" })]
    [InlineData(Persistence, new string[0])]
    [InlineData(Text, new string[0])]
    public void A_package_holds_its_assembly_and_what_belongs_to_it_and_nothing_else(string id, string[] more)
    {
        using ZipArchive package = packages.Open(id);
        string[] own = [.. package.Entries.Select(e => e.FullName)
            .Where(n => !n.StartsWith("_rels/", StringComparison.Ordinal)
                && !n.StartsWith("package/", StringComparison.Ordinal) && n != "[Content_Types].xml")];
        string[] expected = [$"{id}.nuspec", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", "README.md", "icon.png", .. more];
        Assert.Equal(expected.Order(StringComparer.Ordinal), own.Order(StringComparer.Ordinal));

        using ZipArchive symbols = packages.Open(id, "snupkg");
        Assert.Contains(symbols.Entries, e => e.FullName == $"lib/net10.0/{id}.pdb");
    }

    [Theory]
    [InlineData(Library, new[]
    {
        "Microsoft.ML [5.0.1, 6.0.0)", "Microsoft.ML.DeLoRA.Persistence 0.1.0-test", "Microsoft.ML.DeLoRA.Text 0.1.0-test",
        "Microsoft.ML.Tokenizers 2.0.1",
        "TorchSharp [0.107.0, 0.108.0)",
    })]
    [InlineData(Persistence, new[] { "Microsoft.ML [5.0.1, 6.0.0)" })]
    [InlineData(Text, new[] { "Microsoft.ML.Tokenizers 2.0.1" })]
    public void A_package_says_what_it_is_and_needs(string id, string[] dependencies)
    {
        using ZipArchive package = packages.Open(id);
        XElement metadata = PackageFixture.Metadata(package);
        Assert.Equal(id, Value("id"));
        Assert.Equal("MIT", Value("license"));
        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("icon.png", Value("icon"));
        Assert.Contains("lora", Value("tags").Split(' '));
        Assert.Contains("## 0.1.0", Value("releaseNotes"));
        Assert.NotEmpty(Value("description"));
        Assert.Equal(dependencies, metadata.Descendants().Where(e => e.Name.LocalName == "dependency")
            .Select(e => $"{e.Attribute("id")!.Value} {e.Attribute("version")!.Value}").Order(StringComparer.Ordinal));
        // Where the repository is says git, and then it is an address that everybody can open.
        Assert.All(metadata.Elements().Where(e => e.Name.LocalName == "projectUrl"), e => Assert.StartsWith("https://", e.Value));

        string Value(string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;
    }

    [Fact]
    public void The_base_model_is_in_the_assembly_and_the_assembly_is_reproducible()
    {
        using ZipArchive package = packages.Open(Library);
        using var content = new MemoryStream(Bytes(package, $"lib/net10.0/{Library}.dll"));
        using var assembly = new PEReader(content);
        MetadataReader reader = assembly.GetMetadataReader();
        string[] resources = [.. reader.ManifestResources.Select(r => reader.GetString(reader.GetManifestResource(r).Name))];
        Assert.All(new[] { "config.json", "model.safetensors", "vocab.json", "merges.txt" },
            file => Assert.Contains($"roberta-nano/{file}", resources));
        Assert.Contains(assembly.ReadDebugDirectory(), e => e.Type == DebugDirectoryEntryType.Reproducible);
    }

    [Fact]
    public void Only_what_users_can_see_is_documented()
    {
        using ZipArchive package = packages.Open(Library);
        string[] members =
            [.. XDocument.Parse(System.Text.Encoding.UTF8.GetString(Bytes(package, $"lib/net10.0/{Library}.xml")).TrimStart('\uFEFF'))
            .Descendants("member").Select(m => m.Attribute("name")!.Value)];
        Assert.Contains("T:Microsoft.ML.DeLoRACatalog", members);
        Assert.Contains("M:Microsoft.ML.DeLoRA.Devices.Parse(System.String)", members);
        Assert.Contains("P:Microsoft.ML.DeLoRA.TextModel.Description", members);
        // Internal members of a public type, and internal types.
        Assert.DoesNotContain(members, m => m.StartsWith("M:Microsoft.ML.DeLoRA.Devices.Missing", StringComparison.Ordinal));
        Assert.DoesNotContain(members, m => m.StartsWith("P:Microsoft.ML.DeLoRA.TextModel.Base", StringComparison.Ordinal));
        HashSet<string> visible = [.. typeof(TextModel).Assembly.GetExportedTypes().Select(t => t.FullName!.Replace('+', '.'))];
        Assert.All(members.Where(m => m.StartsWith("T:", StringComparison.Ordinal)), m => Assert.Contains(m[2..], visible));
    }

    [Fact]
    public void The_readmes_links_lead_somewhere_from_a_package()
    {
        using ZipArchive package = packages.Open(Library);
        string readme = System.Text.Encoding.UTF8.GetString(Bytes(package, "README.md"));
        Assert.Contains("mlContext.Transforms.DeLoRATextClassification(labelColumnName: \"Label\", textColumnName: \"Text\")", readme);
        Assert.DoesNotMatch(@"\]\((?!https?://)", readme);
        Assert.Contains("](https://arxiv.org/abs/2503.18225)", readme);
    }

    private static byte[] Bytes(ZipArchive package, string name)
    {
        using Stream stream = package.Entries.Single(e => e.FullName == name).Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
