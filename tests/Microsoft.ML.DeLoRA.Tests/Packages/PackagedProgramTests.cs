using System.Text.RegularExpressions;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Build;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Native;

namespace Microsoft.ML.DeLoRA.Tests.Packages;

/// <summary>A stranger's program: README's snippet, the packages, nothing of the repository.</summary>
[Collection(Builds.Name)]
public sealed class PackagedProgramTests(PackageFixture packages)
{
    private const string Load = """
        if (args is ["load"])
        {
            var loader = new MLContext();
            PrintScores(loader.Model.Load("tickets.zip", out _), loader.Data.LoadFromTextFile<Ticket>("assets/data/support-tickets.tsv", hasHeader: true));
            return;
        }

        """;

    private const string Print = """
        PrintScores(model, data);

        static void PrintScores(ITransformer model, IDataView data)
        {
            foreach (float[] scores in model.Transform(data).GetColumn<float[]>("Score"))
                Console.WriteLine("scores " + string.Join(' ', scores.Select(BitConverter.SingleToInt32Bits)));
        }


        """;

    [Fact]
    public void Readmes_snippet_trains_saves_and_another_process_gives_bit_equal_scores()
    {
        (string top, Dictionary<string, string?> environment) = packages.Outside("program");
        string folder = Path.Combine(top, "Tickets");
        string[] commands = Commands();
        Assert.Equal(3, commands.Length);
        foreach (string command in commands)
            ChildProcess.Dotnet(Directory.Exists(folder) ? folder : top, environment, command.Split(' ')).Succeeded();
        File.WriteAllText(Path.Combine(folder, "Program.cs"), Program());
        WriteRows(folder, 60);

        ChildProcess.Dotnet(folder, environment, "build", "-c", "Release", "-r", NativeFolder.Platform, "--no-self-contained", "-v",
            "quiet", "-o", Path.Combine(folder, "out")).Succeeded();
        string program = Path.Combine(folder, "out", "Tickets.dll");
        string trained = ChildProcess.Run("dotnet", folder, program).Succeeded().Output;
        string loaded = ChildProcess.Run("dotnet", folder, program, "load").Succeeded().Output;

        Assert.Matches(@"^accuracy [\d.]+ ?%", trained);
        string[] scores = Scores(trained);
        Assert.Equal(60, scores.Length);
        Assert.Equal(scores, Scores(loaded));
        Assert.True(scores.Distinct().Count() > 10, "the scores are all the same");
        if (OperatingSystem.IsLinux())
            Assert.True(ElfVersionNeed.Read(File.ReadAllBytes(Path.Combine(folder, "out", NativeRepair.FileName)))
                .Single(n => n.Version == NativeRepair.Version).IsWeak);
    }

    private static string[] Scores(string output)
        => [.. output.Split('\n').Where(line => line.StartsWith("scores ", StringComparison.Ordinal))];

    // README's commands for a new program, with this build's version for the released one; what they are about to run is checked here.
    private string[] Commands()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        string[] lines = [.. readme.Split('\n').Select(line => line.Split('#')[0].Trim())
            .Where(line => Regex.IsMatch(line, "^dotnet (new console|add package)"))];
        Assert.Equal(
            [
                "dotnet new console -o Tickets",
                "dotnet add package Microsoft.ML.DeLoRA --version 0.1.0",
                "dotnet add package TorchSharp-cpu --version 0.107.0",
            ], lines);
        // One restore, that of the build, is enough.
        return [.. lines.Select(line => line["dotnet ".Length..]
            .Replace("DeLoRA --version 0.1.0", $"DeLoRA --version {packages.Version}", StringComparison.Ordinal) + " --no-restore")];
    }

    // The snippet, and around it the second process' part and the scores.
    private static string Program()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        string snippet = Regex.Match(readme, "```csharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        int body = snippet.IndexOf("\nvar ", StringComparison.Ordinal) + 1,
            types = snippet.IndexOf("\nclass ", StringComparison.Ordinal) + 1;
        Assert.True(body > 0 && types > body, snippet);
        return snippet[..body] + Load + snippet[body..types] + Print + snippet[types..];
    }

    private static void WriteRows(string folder, int count)
    {
        string data = Path.Combine("assets", "data", "support-tickets.tsv");
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, data));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, data))!);
        // From the whole file, so that every class is there.
        IEnumerable<string> rows = Enumerable.Range(0, count).Select(i => lines[1 + i * (lines.Length - 1) / count]);
        File.WriteAllLines(Path.Combine(folder, data), rows.Prepend(lines[0]));
    }
}
