using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DeLoRA.TestSupport;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Microsoft.ML.DeLoRA.Tests.Structure;

/// <summary>
/// Writes docs/api.md: every public type of the package, by what a user does with it, with signatures and the first sentence of each
/// summary.
/// </summary>
internal static partial class ApiPage
{
    // A room of src, and what its types are for; in the order of the page.
    private static readonly (string Room, string Title)[] _parts =
    [
        ("MLNet", "Fine-tune, evaluate, save and load in ML.NET"),
        ("Methods", "Choose an adapter method"),
        ("Training", "Say how to train, and train"),
        ("Logs", "Watch a training run"),
        ("Evaluation", "Measure"),
        ("Serving", "Predict without ML.NET"),
        ("Models", "Base models, and models for a training loop of your own"),
        ("Tokenization", "Tokenize"),
        ("Text", "Tokenize"),
        ("Adapters", "Write a method of your own; look into adapters"),
        ("Peft", "Exchange adapters with Python"),
        ("Encoders", "What adapters sit on"),
        ("Families", "What adapters sit on"),
        ("Native", "The machine: devices, threads, libtorch"),
        ("Persistence", "What ML.NET calls"),
    ];

    private static readonly SymbolDisplayFormat _format = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameOnly,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeVariance,
        memberOptions: SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeDefaultValue | SymbolDisplayParameterOptions.IncludeParamsRefOut
            | SymbolDisplayParameterOptions.IncludeExtensionThis,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
            | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral | SymbolDisplayMiscellaneousOptions.CollapseTupleTypes);

    /// <summary>Where the page lies.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Repository.Root, "docs", "api.md");

    /// <summary>The page's text.</summary>
    public static string Write()
    {
        (INamedTypeSymbol Type, string Room, XElement Documentation)[] types = [.. Types()];
        var page = new StringBuilder("""
            # The public API
            Everything that the packages show, by what it is for. Written by `dotnet artifacts/bin/Microsoft.ML.DeLoRA.Tests/release/Microsoft.ML.DeLoRA.Tests.dll api`
            from the assemblies; `ApiPageTests` holds it equal. Whole descriptions, with shapes, defaults and errors, are in the packages' XML documentation.

            """);
        foreach (IGrouping<string, (string Room, string Title)> part in _parts.GroupBy(p => p.Title))
        {
            (INamedTypeSymbol Type, string Room, XElement Documentation)[] own = [.. types.Where(t => part.Any(p => p.Room == t.Room))];
            if (own.Length == 0)
                continue;
            page.Append($"\n## {part.Key}\n");
            foreach (IGrouping<string, (INamedTypeSymbol Type, string Room, XElement Documentation)> space in own
                .GroupBy(t => t.Type.ContainingNamespace.ToDisplayString()).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                page.Append($"```csharp\nnamespace {space.Key};\n");
                foreach ((INamedTypeSymbol type, _, XElement documentation) in space.OrderBy(t => t.Type.Name, StringComparer.Ordinal))
                    Append(page, type, documentation);
                page.Append("```\n");
            }
        }
        (INamedTypeSymbol Type, string Room, XElement Documentation)[] others = [.. types.Where(t => _parts.All(p => p.Room != t.Room))];
        return others.Length == 0 ? page.ToString()
            : throw new InvalidOperationException($"The page has no part for "
                + $"{string.Join(", ", others.Select(t => $"{t.Type.Name} ({t.Room})"))}.");
    }

    private static IEnumerable<(INamedTypeSymbol Type, string Room, XElement Documentation)> Types()
    {
        string[] rooms = [.. _parts.Select(p => p.Room)];
        PortableExecutableReference[] references =
        [
            .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(System.IO.Path.PathSeparator)
                .Select(path => MetadataReference.CreateFromFile(path)),
        ];
        var compilation = CSharpCompilation.Create("api", references: references);
        foreach (Assembly assembly in Rooms.Assemblies.Where(Rooms.IsPacked))
        {
            IAssemblySymbol symbol = references.Select(compilation.GetAssemblyOrModuleSymbol).OfType<IAssemblySymbol>()
                .Single(s => s.Name == assembly.GetName().Name);
            XElement documentation = XDocument.Load(System.IO.Path.ChangeExtension(assembly.Location, ".xml")).Root!;
            foreach (Type type in assembly.GetExportedTypes().Where(t => !t.IsNested))
            {
                string folder = Rooms.Folders[type];
                string room = folder.Split('/', '.').LastOrDefault(rooms.Contains) ?? folder;
                yield return (symbol.GetTypeByMetadataName(type.FullName!)!, room, documentation);
            }
        }
    }

    private static void Append(StringBuilder page, INamedTypeSymbol type, XElement documentation)
    {
        page.Append($"\n// {Summary(type, documentation)}\n{Head(type)}");
        string[] members = [.. Members(type).Select(m => Line(m, documentation))];
        page.Append(members.Length == 0 ? ";\n" : $"\n{{\n{string.Concat(members.Select(m => $"    {m}\n"))}}}\n");
    }

    private static string Head(INamedTypeSymbol type)
    {
        string modifiers = type switch
        {
            { TypeKind: TypeKind.Enum or TypeKind.Interface or TypeKind.Struct } => "",
            { IsStatic: true } => "static ",
            { IsAbstract: true } => "abstract ",
            { IsSealed: true } => "sealed ",
            _ => "",
        };
        string[] bases =
        [
            .. new[] { type.BaseType }.OfType<INamedTypeSymbol>().Where(b => b.SpecialType == SpecialType.None).Concat(type.Interfaces)
                .Where(b => b.Name != "IEquatable" && b.DeclaredAccessibility == Accessibility.Public)
                .Select(b => b.ToDisplayString(_format.WithKindOptions(SymbolDisplayKindOptions.None))),
        ];
        return $"public {modifiers}{type.ToDisplayString(_format)}{(bases.Length == 0 || type.TypeKind == TypeKind.Enum ? "" : " : " + string.Join(", ", bases))}";
    }

    // What a record writes by itself, and what only says again what a base says, tells nobody anything.
    private static IEnumerable<ISymbol> Members(INamedTypeSymbol type) => type.GetMembers().Where(member =>
        member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && member is { IsImplicitlyDeclared: false, IsOverride: false }
        && member is not (IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet or MethodKind.UserDefinedOperator }
            or IMethodSymbol { Name: "Equals" or "GetHashCode" or "PrintMembers" or "Deconstruct" or "<Clone>$" })
        && !(type.IsRecord && member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters: [var one] }
            && SymbolEqualityComparer.Default.Equals(one.Type, type))
        && !(member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters: [] }
            && (type.IsRecord || type.TypeKind is TypeKind.Enum or TypeKind.Struct))
        && member is not IPropertySymbol { Name: "EqualityContract" });

    private static string Line(ISymbol member, XElement documentation)
    {
        string text = member is IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } ? member.Name : member.ToDisplayString(_format);
        string access = member is { DeclaredAccessibility: Accessibility.Public } ? "" : "protected ";
        string end = member is IPropertySymbol ? "" : member.ContainingType.TypeKind == TypeKind.Enum ? "," : ";";
        string summary = Summary(member, documentation);
        return $"{access}{text}{end}{(summary.Length == 0 ? "" : $"   // {summary}")}";
    }

    private static string Summary(ISymbol symbol, XElement documentation)
    {
        string id = symbol.GetDocumentationCommentId()!;
        XElement? summary = documentation.Descendants("member").FirstOrDefault(m => (string?)m.Attribute("name") == id)?.Element("summary");
        string text = summary is null ? "" : Spaces().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim();
        Match end = SentenceEnd().Match(text);
        return end.Success ? text[..(end.Index + 1)] : text;
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement element when (element.Attribute("cref") ?? element.Attribute("langword") ?? element.Attribute("name")) is { } name
            => Short(name.Value),
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    private static string Short(string reference) => Regex.Replace(reference.Split('(')[0], @"^.*\.|^\w:|`+\d", "");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // A full stop that ends a sentence: not that of "et al." or "e.g.", nor one within brackets.
    [GeneratedRegex(@"(?<!\b(al|e\.g|i\.e|cf|vs|section|eq)|\([^)]*)\.(?=\s+[A-Z(""'`]|$)")]
    private static partial Regex SentenceEnd();
}
