#:package Microsoft.CodeAnalysis.CSharp
// Leaves in an assembly's XML documentation what its users can see: dotnet run PublicDocumentation.cs ASSEMBLY XML OUTPUT
// (dotnet pack runs it: the compiler documents internal members, too, and has no switch for that).
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

if (args is not [var assemblyFile, var documentation, var output])
{
    Console.Error.WriteLine("usage: PublicDocumentation ASSEMBLY XML OUTPUT");
    return 1;
}
MetadataReference reference = MetadataReference.CreateFromFile(assemblyFile);
var compilation = CSharpCompilation.Create("documentation", references: [reference]);
if (compilation.GetAssemblyOrModuleSymbol(reference) is not IAssemblySymbol assembly)
{
    Console.Error.WriteLine($"{assemblyFile} is no assembly");
    return 1;
}
HashSet<string> visible = [.. Types(assembly.GlobalNamespace).SelectMany(type => type.GetMembers().Where(IsVisible).Prepend(type))
    .Select(symbol => symbol.GetDocumentationCommentId()).OfType<string>()];

var document = XDocument.Load(documentation, LoadOptions.PreserveWhitespace);
foreach (XElement member in document.Descendants("member").Where(m => !visible.Contains((string)m.Attribute("name")!)).ToArray())
{
    // With the line break before it.
    if (member.PreviousNode is XText { Value: var space } text && string.IsNullOrWhiteSpace(space))
        text.Remove();
    member.Remove();
}
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
document.Save(output, SaveOptions.DisableFormatting);
return 0;

static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol container) => container.GetMembers().SelectMany(member => member switch
{
    INamespaceSymbol inner => Types(inner),
    INamedTypeSymbol type when IsVisible(type) => Types(type).Prepend(type),
    _ => [],
});

static bool IsVisible(ISymbol symbol)
    => symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;
