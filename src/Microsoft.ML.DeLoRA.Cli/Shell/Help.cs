using System.Collections;
using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Reflection;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>
/// What <c>--help</c> prints: of the tool its commands, of a command first what is required, then the options in groups with their
/// defaults, then examples.
/// </summary>
internal sealed class Help : SynchronousCommandLineAction
{
    private const int Widest = 100;
    private const string Margin = "  ";

    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.InvocationConfiguration.Output, parseResult.CommandResult.Command, parseResult.RootCommandResult.Command);
        return 0;
    }

    /// <summary>Writes the help of a command.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="command">The command, or <paramref name="root"/>.</param>
    /// <param name="root">The tool.</param>
    public static void Write(TextWriter output, System.CommandLine.Command command, System.CommandLine.Command root)
    {
        int width = Width();
        foreach (string line in command == root && root.Subcommands.Count > 0 ? Overview(root, width) : Page(command, root, width))
            output.WriteLine(line.TrimEnd());
    }

    private static IEnumerable<string> Overview(System.CommandLine.Command root, int width)
    {
        string? version = typeof(Help).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0];
        IEnumerable<string> lines =
            [.. Wrap($"{Tool.ProgramName} {version}: {root.Description}.", width), "", $"Usage: {Tool.ProgramName} COMMAND [OPTIONS]"];
        var rest = root.Subcommands.Where(c => !c.Hidden).ToDictionary(c => c.Name);
        foreach ((string heading, string[] names) in HelpTopics.Commands.Append(("Other commands", [.. rest.Keys])))
        {
            System.CommandLine.Command[] commands = [.. names.Where(n => rest.ContainsKey(n)).Select(n => rest[n])];
            foreach (System.CommandLine.Command shown in commands)
                rest.Remove(shown.Name);
            lines = [.. lines, .. Section(heading, commands.Select(c => (c.Name, Summary(c))), width)];
        }
        return [.. lines, .. Examples(""), "", $"'{Tool.ProgramName} COMMAND --help' explains a command."];
    }

    private static IEnumerable<string> Page(System.CommandLine.Command command, System.CommandLine.Command root, int width)
    {
        Option[] options = [.. command.Options.Concat(root.Options.Where(o => o.Recursive)).Distinct().Where(o => !o.Hidden)];
        Option[] required = [.. HelpTopics.Sort(options.Where(o => o.Required))];
        string[] usage = [.. required.Select(Form), .. options.Length > required.Length ? new[] { "[OPTIONS]" } : [],
            .. command.Arguments.Select(a => a.Arity.MinimumNumberOfValues > 0 ? Name(a) : $"[{Name(a)}]")];
        IEnumerable<string> lines =
        [
            .. Wrap(command.Description + ".", width),
            "",
            .. Wrap($"Usage: {(command == root ? Tool.ProgramName : $"{Tool.ProgramName} {command.Name}")} "
                + $"{string.Join(' ', usage.Select(Unbroken))}", width, "    ").Select(Broken),
            .. Section("Arguments", command.Arguments.Select(a => (Name(a), $"{a.Description}")), width),
            .. Section("Required", required.Select(Row), width),
        ];
        IEnumerable<Option> others = HelpTopics.Sort(options.Where(o => !o.Required));
        foreach (IGrouping<string, Option> group in others.GroupBy(o => HelpTopics.Place(o).Heading))
            lines = [.. lines, .. Section(group.Key, group.Select(Row), width)];
        return [.. lines, .. Examples(command == root ? Tool.ProgramName : command.Name)];
    }

    private static IEnumerable<string> Examples(string command)
        => HelpTopics.Examples.TryGetValue(command, out string[]? examples) ? ["", "Examples:", .. examples.SelectMany(Example)] : [];

    // An example can be copied as it stands, so a long one is continued as a shell has it.
    private static IEnumerable<string> Example(string line)
    {
        string unbroken = line.Replace(" --", "\n--", StringComparison.Ordinal).Replace(' ', '\u00a0').Replace('\n', ' ');
        string[] parts = [.. Wrap(unbroken, Widest - 8, "    ")];
        return parts.Select((part, i) => Margin + Broken(part) + (i < parts.Length - 1 ? " \\" : ""));
    }

    // Rows of two columns; a name that leaves too little room gets a line of its own.
    private static IEnumerable<string> Section(string heading, IEnumerable<(string Name, string Text)> rows, int width)
    {
        (string Name, string Text)[] all = [.. rows];
        if (all.Length == 0)
            return [];
        int column = Math.Min(all.Max(r => r.Name.Length), 34) + Margin.Length + 2;
        return ["", heading + ":", .. all.SelectMany(Lines)];

        IEnumerable<string> Lines((string Name, string Text) row)
        {
            string[] text = [.. Wrap(row.Text, width - column)];
            string first = (Margin + row.Name).PadRight(column);
            bool fits = first.Length == column && first.EndsWith(' ');
            IEnumerable<string> rest = (fits ? text.Skip(1) : text).Select(t => new string(' ', column) + t);
            return rest.Prepend(fits ? first + text.FirstOrDefault() : first);
        }
    }

    private static string Name(Argument argument) => argument.Name.ToUpperInvariant();

    private static (string, string) Row(Option option) => (Form(option), Description(option));

    private static string Form(Option option)
        => option.Arity.MaximumNumberOfValues == 0 ? option.Name : $"{option.Name} {ValueName(option)}";

    private static string ValueName(Option option)
    {
        string name = option.HelpName ?? HelpTopics.Place(option).Value;
        if (name.Length == 0)
            name = option is Option<int> or Option<int?> ? "N" : option.ValueType == typeof(string) ? "TEXT" : "X";
        return option.AllowMultipleArgumentsPerToken ? name + " ..." : name;
    }

    private static string Description(Option option)
    {
        string text = option.Description ?? "";
        object? value = option is { HasDefaultValue: true, Required: false } ? option.GetDefaultValue() : null;
        return value is null or false or "" or (not string and IEnumerable)
            ? text
            : $"{text} (default: {Convert.ToString(value, CultureInfo.InvariantCulture)})";
    }

    // The first clause of a description.
    private static string Summary(System.CommandLine.Command command)
        => (command.Description ?? "").Split([": ", "; ", ". "], StringSplitOptions.None)[0];

    private static IEnumerable<string> Wrap(string text, int width, string indent = "")
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Trim().Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = indent + word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }
        yield return line;
    }

    private static string Unbroken(string text) => text.Replace(' ', '\u00a0');

    private static string Broken(string text) => text.Replace('\u00a0', ' ');

    private static int Width()
    {
        try
        {
            return Console.IsOutputRedirected || Console.WindowWidth <= 0 ? Widest : Math.Clamp(Console.WindowWidth - 1, 40, Widest);
        }
        catch (IOException)
        {
            return Widest;
        }
    }
}
