using System.CommandLine;
using System.Runtime.Loader;
using Microsoft.ML.DeLoRA.Cli.Shell;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

[Collection("console")]
public class HelpTests
{
    public static TheoryData<string> Commands() => new(Programs.Commands.Select(c => c.Name));

    [Fact]
    public async Task The_tool_alone_gives_an_overview()
    {
        ToolRun alone = await ToolRun.Of();
        Assert.Equal(0, alone.Status);
        Assert.Empty(alone.Errors);
        Assert.Equal(alone.Output, (await ToolRun.Of("--help")).Output);
        string[] lines = Lines(alone);
        Assert.InRange(lines.Length, 15, 45);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 100));
        Assert.DoesNotContain("Other commands:", lines);
        int[] places = [.. new[] { "train", "evaluate", "predict", "export", "import", "glue" }
            .Select(name => Array.FindIndex(lines, l => l.StartsWith($"  {name} ")))];
        Assert.Equal(places.Order(), places);
        Assert.All(Tool.CreateRoot().Subcommands, command => Assert.Single(lines, line => line.StartsWith($"  {command.Name} ")));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_says_what_it_needs_then_what_it_takes_then_how_it_is_used(string name)
    {
        Option[] options = [.. Programs.OptionsOf(name)];
        ToolRun run = await ToolRun.Of(name, "--help");
        string[] lines = Lines(run);
        Assert.Equal(0, run.Status);
        Assert.Empty(run.Errors);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 100));
        Assert.All(options.Where(o => !o.Hidden),
            option => Assert.Single(lines, line => line.StartsWith($"  {option.Name} ") || line == $"  {option.Name}"));
        string[] headings = [.. lines.Where(l => l.EndsWith(':') && !l.StartsWith(' '))];
        Assert.Equal(headings.Distinct(), headings);
        int required = Array.IndexOf(headings, "Required:");
        Assert.Equal(options.Any(o => o.Required), required >= 0);
        Assert.DoesNotContain(headings[..Math.Max(required, 0)], h => h != "Arguments:");
        Assert.Equal("Examples:", headings[^1]);
        Assert.InRange(HelpTopics.Examples[name].Length, 2, 3);
        foreach (Option option in options.Where(o => o.Required))
            Assert.Contains(option.Name, lines.First(l => l.StartsWith("Usage: ")));
    }

    [Fact]
    public async Task Train_shows_defaults_and_groups()
    {
        string output = (await ToolRun.Of("train", "--help")).Output;
        foreach (string part in new[] { "Passes over the rows (default: 10)", "--epochs N ", "--eval FILE ", "--resume  ",
            "--set NAME=VALUE ...", "(default: linear)" })
            Assert.Contains(part, output);
        Assert.Equal(["Required", "Data", "Model", "Method", "Training", "Run", "Output", "Examples"],
            Lines(output).Where(l => l.EndsWith(':') && !l.StartsWith(' ')).Select(l => l.TrimEnd(':')));
        Assert.DoesNotContain(HelpTopics.OtherOptions, output);
    }

    [Fact]
    public async Task Help_wins_over_whatever_is_wrong_with_the_line()
    {
        string help = (await ToolRun.Of("train", "--help")).Output;
        foreach (string[] line in new string[][] { ["train", "--epochs", "x", "--help"], ["train", "--colour", "--help"], ["train", "-h"] })
        {
            ToolRun run = await ToolRun.Of(line);
            Assert.Equal((0, help), (run.Status, run.Output));
        }
    }

    /// <summary>The tool in an assembly context of its own, which knows what was loaded into it.</summary>
    [Fact]
    public async Task Help_versions_and_argument_errors_do_not_load_MLNet()
    {
        foreach (string[] line in new string[][] { [], ["--version"], ["--help"], ["train", "--help"], ["train", "--epoch", "1"],
            ["glue", "--help"], ["trian"] })
        {
            var context = new ToolContext();
            Type tool = context.LoadFromAssemblyPath(typeof(Tool).Assembly.Location).GetType(typeof(Tool).FullName!)!;
            var run = (Func<string[], Task<int>>)Delegate.CreateDelegate(typeof(Func<string[], Task<int>>),
                tool.GetMethod(nameof(Tool.RunAsync), [typeof(string[])])!);
            (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
            Console.SetOut(TextWriter.Null);
            Console.SetError(TextWriter.Null);
            try
            {
                Assert.InRange(await run(line), 0, 2);
            }
            finally
            {
                Console.SetOut(output);
                Console.SetError(error);
            }
            Assert.Contains(context.Assemblies, a => a.GetName().Name == "System.CommandLine");
            Assert.DoesNotContain(context.Assemblies,
                a => a.GetName().Name is "Microsoft.ML.Core" or "Microsoft.ML.Data" or "Microsoft.ML.Tokenizers");
        }
    }

    private static string[] Lines(ToolRun run) => Lines(run.Output);

    private static string[] Lines(string output) => output.Split('\n').Select(l => l.TrimEnd('\r')).ToArray();

    private sealed class ToolContext() : AssemblyLoadContext(nameof(ToolContext))
    {
        private readonly AssemblyDependencyResolver _resolver = new(typeof(Tool).Assembly.Location);

        protected override System.Reflection.Assembly? Load(System.Reflection.AssemblyName name)
            => _resolver.ResolveAssemblyToPath(name) is { } path ? LoadFromAssemblyPath(path) : null;
    }
}
