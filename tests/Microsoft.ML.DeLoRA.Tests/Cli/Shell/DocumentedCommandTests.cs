using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Shell;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

/// <summary>Command lines of the tool that a reader finds in the documents and in help: they can be copied as they stand.</summary>
public class DocumentedCommandTests
{
    private static readonly string[] _documents =
        [.. new[] { "README.md", "docs", "assets", "benchmarks", "samples" }.Select(p => Path.Combine(Repository.Root, p))
            .SelectMany(Documents)];

    /// <summary>Lines of code blocks, continued by a backslash, and what stands in line with an option in it.</summary>
    public static TheoryData<string, string> Lines()
    {
        var lines = new TheoryData<string, string>();
        foreach (string document in _documents)
        {
            string text = File.ReadAllText(document).Replace("\r", "");
            foreach (Match block in Regex.Matches(text, "^```[a-z]*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline))
            {
                foreach (string line in Regex.Replace(block.Groups[1].Value, @"\\\n\s*", "").Split('\n').Where(IsCommand))
                    lines.Add(Path.GetRelativePath(Repository.Root, document), line.Trim());
            }
            foreach (Match inline in Regex.Matches(text, @"(?<!`)`((?:\./)?delora [a-z]+ [^`]*--[^`]+)`(?!`)"))
                lines.Add(Path.GetRelativePath(Repository.Root, document), inline.Groups[1].Value);
        }
        return lines;
    }

    public static TheoryData<string> Examples() => new(HelpTopics.Examples.Where(e => IsThere(e.Key)).SelectMany(e => e.Value));

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_documented_line_is_right(string document, string line)
    {
        // Part of a line, to speak of one option: only what is there has to be right.
        string? error = Error(line);
        Assert.True(error is null || (error.Contains(" needs ") && IsPart(document, line)), $"{document}: {line}: {error}");
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_right(string line) => Assert.Null(Error(line));

    [Fact]
    public void There_are_documented_lines()
    {
        Assert.InRange(Lines().Count, 8, 1000);
        Assert.Equal("unknown option '--epoch'; did you mean '--epochs'?", Error("./delora train --epoch 3   # wrong"));
    }

    private static string? Error(string line)
    {
        // What a shell would not hand on: remarks, pipes and files.
        string command = Regex.Replace(line, @"\s+(#|\||>|<|2>|\(the rest).*$", "");
        string[] words = [.. CommandLineParser.SplitCommandLine(command).Skip(1)];
        return CommandLineError.Of(Tool.CreateRoot().Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null }));
    }

    private static bool IsPart(string document, string line)
        => !File.ReadLines(Path.Combine(Repository.Root, document))
            .Any(l => l.TrimStart().StartsWith(line.Split(' ')[0], StringComparison.Ordinal) && l.Contains(line));

    private static bool IsCommand(string line) => Regex.IsMatch(line, @"^\s*(\./)?delora(\s|$)");

    private static bool IsThere(string command) => command.Length == 0 || Tool.CreateRoot().Subcommands.Any(c => c.Name == command);

    private static IEnumerable<string> Documents(string path)
        => File.Exists(path) ? [path] : Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.md", SearchOption.AllDirectories) : [];
}
