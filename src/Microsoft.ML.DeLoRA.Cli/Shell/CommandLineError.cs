using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>What is wrong with a command line as such, in one line: the first thing that its writer would mend.</summary>
internal static partial class CommandLineError
{
    /// <summary>The line; null when the command can be run.</summary>
    public static string? Of(ParseResult result)
        => UnknownCommand(result)
            ?? UnknownOption(result)
            ?? WrongValue(result)
            ?? Missing(result)
            ?? Superfluous(result)
            // Nothing that System.CommandLine finds passes, whatever it is.
            ?? (result.Errors.Count > 0 ? OneLine(result.Errors[0].Message) : null);

    private static string? UnknownCommand(ParseResult result)
    {
        if (result.CommandResult.Command is not RootCommand root || result.UnmatchedTokens is not [var name, ..] || IsFlag(name))
            return null;
        return $"unknown command '{name}'; " + (Nearest.Of(name, root.Subcommands.Select(c => c.Name)) is { } near
            ? $"did you mean '{near}'?"
            : $"'{Tool.ProgramName} --help' lists the commands.");
    }

    // What looks like an option is never taken for a text or a value; texts that do go after '--'.
    private static string? UnknownOption(ParseResult result)
    {
        int afterDashes = result.Tokens.SkipWhile(t => t.Type != TokenType.DoubleDash).Count(t => t.Type == TokenType.Argument);
        IEnumerable<string> texts = result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).SkipLast(afterDashes)
            .Select(t => t.Value).Where(IsFlag);
        if (texts.FirstOrDefault() is { } text)
            return Unknown(result, text) + (Suggestion(result, text) is null ? " A text that begins with '-' goes after '--'." : "");
        foreach (OptionResult option in result.CommandResult.Children.OfType<OptionResult>())
        {
            if (option.Tokens.FirstOrDefault(t => t.Value.StartsWith("--", StringComparison.Ordinal)) is { } value)
            {
                return Options(result).Any(o => o.Name == Name(value.Value))
                    ? NeedsValue(result, option.Option)
                    : Unknown(result, value.Value);
            }
        }
        return result.UnmatchedTokens.SkipLast(afterDashes).FirstOrDefault(IsFlag) is { } token ? Unknown(result, token) : null;
    }

    private static string NeedsValue(ParseResult result, Option option)
        => $"{option.Name} needs a value; '{CommandName(result)} --help' says which.";

    private static string Unknown(ParseResult result, string token)
        => $"unknown option '{Name(token)}'; " + (Suggestion(result, token) is { } near
            ? $"did you mean '{near}'?"
            : $"'{CommandName(result)} --help' lists those that there are.");

    private static string? Suggestion(ParseResult result, string token)
        => Nearest.Of(Name(token), Options(result).Select(o => o.Name));

    private static string? WrongValue(ParseResult result)
    {
        foreach (Option option in Options(result))
        {
            if (result.GetResult(option) is not { Implicit: false } found)
                continue;
            if (option.Arity.MaximumNumberOfValues <= 1 && found.IdentifierTokenCount > 1)
                return $"{option.Name} is given {found.IdentifierTokenCount} times; give it once.";
            if (found.Tokens.Count < Math.Max(option.Arity.MinimumNumberOfValues, option.Arity.MaximumNumberOfValues > 1 ? 1 : 0))
                return NeedsValue(result, option);
            if (found.Tokens.Any(t => t.Value.Length == 0))
                return $"{option.Name} is empty; give it a value, or leave it out.";
            if (result.Errors.FirstOrDefault(e => e.SymbolResult == found || e.SymbolResult?.Parent == found) is not { } error)
                continue;
            string[] allowed = [.. option.GetCompletions(CompletionContext.Empty).Select(c => c.Label)];
            return allowed.Length > 0 && found.Tokens.FirstOrDefault(t => !allowed.Contains(t.Value)) is { } wrong
                ? $"{option.Name} is '{wrong.Value}'; it must be one of: {string.Join(", ", allowed)}."
                : $"{option.Name}: {OneLine(error.Message)}";
        }
        return null;
    }

    private static string? Missing(ParseResult result)
    {
        IEnumerable<Option> absent = Options(result).Where(o => o.Required && result.GetResult(o) is null or { Implicit: true });
        string[] missing = [.. HelpTopics.Sort(absent).Select(o => o.Name)];
        string all = missing.Length > 1 ? $"{string.Join(", ", missing[..^1])} and {missing[^1]}" : string.Concat(missing);
        return missing.Length == 0 ? null : $"'{CommandName(result)}' needs {all}; '{CommandName(result)} --help' says more.";
    }

    private static string? Superfluous(ParseResult result)
        => result.UnmatchedTokens is [var token, ..]
            ? $"'{token}' belongs to no option; a value with blanks in it needs quotes. '{CommandName(result)} --help' says more."
            : null;

    private static IEnumerable<Option> Options(ParseResult result)
        => result.CommandResult.Command.Options.Concat(result.RootCommandResult.Command.Options.Where(o => o.Recursive)).Distinct();

    private static string CommandName(ParseResult result)
        => result.CommandResult.Command is RootCommand ? Tool.ProgramName : $"{Tool.ProgramName} {result.CommandResult.Command.Name}";

    private static string Name(string token) => token.Split('=')[0];

    private static string OneLine(string text) => LineBreaks().Replace(text.Trim(), " ");

    private static bool IsFlag(string token) => Flag().IsMatch(token);

    // Two hyphens, or one and a word: -5 and "- no" are texts.
    [GeneratedRegex(@"^(--|-[A-Za-z][\w-]*(=.*)?$)", RegexOptions.Singleline)]
    private static partial Regex Flag();

    [GeneratedRegex(@"\s*[\r\n]\s*")]
    private static partial Regex LineBreaks();
}
