using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Persistence;
using Microsoft.ML.DeLoRA.Tests.Native;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Structure;

/// <summary>
/// The rooms of src, by what is compiled: a type's room is the folder of its source file, and it uses a room when its base, members or code
/// name a type of that room, however the source spells it. (Names in comments, <c>nameof</c> and constants leave nothing in the assembly.)
/// </summary>
internal static class Rooms
{
    private static readonly Guid _documentsOfType = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    /// <summary>The assemblies that have rooms.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
        [typeof(AdapterMethod).Assembly, typeof(RobertaTokenizer).Assembly, typeof(ModelStreams).Assembly, typeof(GlueRun).Assembly,
            typeof(Tool).Assembly];

    /// <summary>True for what the package shows to its users.</summary>
    public static bool IsPacked(Assembly assembly) => assembly != typeof(GlueRun).Assembly && assembly != typeof(Tool).Assembly;

    /// <summary>The folder below src of each type that we wrote, such as <c>Microsoft.ML.DeLoRA/Adapters/Methods</c>.</summary>
    public static IReadOnlyDictionary<Type, string> Folders { get; } = new Dictionary<Type, string>(Assemblies.SelectMany(FoldersOf));

    /// <summary>Which type names which: pairs of types of ours in different folders.</summary>
    public static IEnumerable<(Type User, Type Used)> Uses() =>
        from type in Folders.Keys
        from named in Named(type).SelectMany(Parts).Distinct()
        where Folders.TryGetValue(named, out string? folder) && folder != Folders[type]
        select (type, named);

    private static IEnumerable<KeyValuePair<Type, string>> FoldersOf(Assembly assembly)
    {
        using var stream = File.OpenRead(Path.ChangeExtension(assembly.Location, ".pdb"));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(stream);
        MetadataReader reader = provider.GetMetadataReader();
        foreach (Type type in assembly.GetTypes())
        {
            Type outer = type;
            while (outer.DeclaringType is { } declaring)
                outer = declaring;
            if (Documents(reader, outer).Select(Folder).FirstOrDefault(f => f is not null) is { } folder)
                yield return new(type, folder);
        }
    }

    // Types without code have their files written down; others have them with each method.
    private static IEnumerable<string> Documents(MetadataReader reader, Type type)
    {
        var handle = (TypeDefinitionHandle)MetadataTokens.EntityHandle(type.MetadataToken);
        foreach (CustomDebugInformation information in reader.GetCustomDebugInformation(handle).Select(reader.GetCustomDebugInformation))
        {
            if (reader.GetGuid(information.Kind) != _documentsOfType)
                continue;
            BlobReader documents = reader.GetBlobReader(information.Value);
            while (documents.RemainingBytes > 0)
                yield return Name(reader, MetadataTokens.DocumentHandle(documents.ReadCompressedInteger()));
        }
        foreach (MethodBase method in Own(type).Concat(type.GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public).SelectMany(Own)))
        {
            MethodDebugInformation lines = reader.GetMethodDebugInformation(
                ((MethodDefinitionHandle)MetadataTokens.EntityHandle(method.MetadataToken)).ToDebugInformationHandle());
            if (!lines.Document.IsNil)
                yield return Name(reader, lines.Document);
        }
    }

    private static string Name(MetadataReader reader, DocumentHandle document) => reader.GetString(reader.GetDocument(document).Name);

    private static string? Folder(string file)
    {
        string path = file.Replace('\\', '/');
        int start = path.LastIndexOf("/src/", StringComparison.Ordinal);
        // What generators write lies in obj.
        return start < 0 || path.Contains("/obj/", StringComparison.Ordinal) ? null : path[(start + 5)..path.LastIndexOf('/')];
    }

    private static IEnumerable<MethodBase> Own(Type type) => Members(type).OfType<MethodBase>();

    private static MemberInfo[] Members(Type type) => type.GetMembers(
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly);

    private static IEnumerable<Type?> Named(Type type) =>
    [
        type.BaseType, .. type.GetInterfaces(), .. type.GetGenericArguments().SelectMany(Constraints), .. Attributes(type),
        .. Members(type).SelectMany(member => Attributes(member).Concat(member is Type ? [] : Named(member))),
    ];

    private static IEnumerable<Type?> Named(MemberInfo member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType, field.FieldType],
        MethodBase method =>
        [
            .. Signature(method), .. method.GetMethodBody()?.LocalVariables.Select(v => v.LocalType) ?? [],
            .. IntermediateLanguage.Members(method).SelectMany(m => m is MethodBase called ? Signature(called) : Named(m)),
        ],
        _ => [],
    };

    private static IEnumerable<Type?> Signature(MethodBase method) =>
    [
        method.DeclaringType, (method as MethodInfo)?.ReturnType, .. method.GetParameters().Select(p => p.ParameterType),
        .. method.IsGenericMethod ? method.GetGenericArguments() : [],
    ];

    private static IEnumerable<Type> Constraints(Type argument)
        => argument.IsGenericParameter ? argument.GetGenericParameterConstraints() : [];

    private static IEnumerable<Type> Attributes(MemberInfo member) => member.GetCustomAttributesData().Select(a => a.AttributeType);

    // List<Foo[]>: List, Foo; a nested type is in the room of the outer one, which is named all the same.
    private static IEnumerable<Type> Parts(Type? type) => type switch
    {
        null or { IsGenericParameter: true } => [],
        { HasElementType: true } => Parts(type.GetElementType()),
        { IsConstructedGenericType: true } => [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)],
        _ => [type],
    };
}
