using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>What the library's own documentation comments say of adapter methods and their options, as running text.</summary>
internal static partial class MethodDocumentation
{
    private const string Resource = "Microsoft.ML.DeLoRA.xml";

    private static readonly Lazy<Dictionary<string, XElement>> _members = new(Load);

    /// <summary>What a type is for.</summary>
    public static string Of(Type type) => Text($"T:{type.FullName}", "summary");

    /// <summary>What else there is to know of a type; mostly empty.</summary>
    public static string RemarksOf(Type type) => Text($"T:{type.FullName}", "remarks");

    /// <summary>What a property is for.</summary>
    public static string Of(PropertyInfo property) => Text($"P:{property.DeclaringType!.FullName}.{property.Name}", "summary");

    private static string Text(string member, string part)
        => _members.Value.TryGetValue(member, out XElement? found) && found.Element(part) is { } text
            ? Blanks().Replace(string.Concat(text.Nodes().Select(Text)), " ").Trim()
            : "";

    // References are told as the tool's user writes them: options and values in snake case.
    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "seealso" } reference when reference.Attribute("cref")?.Value is { } target => Name(target),
        XElement element when element.Attribute("name")?.Value is { } name => name,
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    private static string Name(string target)
    {
        string name = target[(target.LastIndexOf('.') + 1)..];
        return target[0] is 'P' or 'F' ? JsonNamingPolicy.SnakeCaseLower.ConvertName(name) : name;
    }

    private static Dictionary<string, XElement> Load()
    {
        using Stream stream = typeof(MethodDocumentation).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"This build of the tool lacks {Resource}.");
        return XDocument.Load(stream).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
