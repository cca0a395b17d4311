using System.CommandLine;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Cli.Output;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora methods</c>: the adapter methods that there are, and the options of each.</summary>
internal static class MethodsCommand
{
    private const int WidestLine = 120;

    public static System.CommandLine.Command Create()
    {
        var names = new Argument<string[]>("names")
        {
            Description = "Methods to describe with all their options; all in a list when not given", Arity = ArgumentArity.ZeroOrMore,
        };
        var json = new Option<bool>("--json") { Description = "Print JSON, with all options" };
        var command = new System.CommandLine.Command("methods", "Lists the adapter methods that --method takes, or describes some of them")
        {
            names, json,
        };
        command.SetAction(arguments =>
        {
            string[] given = arguments.GetValue(names) ?? [];
            IEnumerable<AdapterMethod> methods =
                given.Length > 0 ? given.Select(name => AdapterMethodJson.Create(name)) : AdapterMethods.All;
            MethodDescription[] described = [.. methods.Select(MethodDescription.Of)];
            if (arguments.GetValue(json))
                Console.WriteLine(JsonText.Of(described.Select(AsJson)));
            else if (given.Length == 0)
                WriteList(described, Console.Out);
            else
                WriteDetails(described, Console.Out);
        });
        return command;
    }

    private static object AsJson(MethodDescription method) => new
    {
        name = method.Name,
        summary = method.Summary,
        remarks = method.Remarks,
        merges = method.Merges,
        peft_type = method.PeftType,
        starts_as_base = method.StartsAsBase,
        options = method.Options.Select(o => new { name = o.Name, type = o.Type, @default = o.Default, description = o.Description }),
    };

    private static void WriteList(MethodDescription[] methods, TextWriter writer)
    {
        AlignedColumn[] columns = [new("method"), new("merges"), new("PEFT")];
        var narrow = new AlignedTable(columns);
        foreach (MethodDescription method in methods)
            narrow.Add(Fields(method));
        var table = new AlignedTable([.. columns, new("what it is", Widest: WidestLine - narrow.Width - 2)]);
        foreach (MethodDescription method in methods)
            table.Add([.. Fields(method), method.Idea]);
        table.WriteTo(writer);
        writer.WriteLine();
        writer.WriteLine("'delora methods NAME' describes a method and its options; --method none trains the head only.");
    }

    private static string[] Fields(MethodDescription method) => [method.Name, Merges(method), method.PeftType ?? "-"];

    private static void WriteDetails(MethodDescription[] methods, TextWriter writer)
    {
        foreach (MethodDescription method in methods)
        {
            writer.WriteLine(method.Name);
            foreach (string line in Wrapped.Lines(method.Summary, 2).Concat(Wrapped.Lines(method.Remarks, 2)))
                writer.WriteLine(line);
            writer.WriteLine();
            writer.WriteLine($"  merges into the weights:  {Merges(method)}");
            writer.WriteLine($"  starts as the base model: {(method.StartsAsBase ? "yes" : "no")}");
            writer.WriteLine($"  PEFT's name:              {method.PeftType ?? "none"}");
            writer.WriteLine();
            writer.WriteLine("  options, set by --set name=value");
            foreach (MethodOption option in method.Options)
            {
                writer.WriteLine($"  {option.Name} = {option.Default?.ToJsonString(JsonText.Options) ?? "null"}    ({option.Type})");
                foreach (string line in Wrapped.Lines(option.Description, 6))
                    writer.WriteLine(line);
            }
            writer.WriteLine();
        }
    }

    private static string Merges(MethodDescription method) => method.Merges switch
    {
        true => "yes",
        false => "no",
        null => "nothing to merge",
    };
}
