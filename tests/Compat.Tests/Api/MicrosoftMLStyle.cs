using System.Reflection;
using System.Text.RegularExpressions;

namespace Compat.Tests.Api;

/// <summary>"Type.Member(parameters) : Result [public static]": full names throughout.</summary>
internal sealed partial class MicrosoftMLStyle : SignatureStyle
{
    private static readonly string[] s_kept =
        ["protected", "static", "abstract", "virtual", "readonly", "const", "field", "property", "event"];

    public override string Line(Type type)
    {
        if (Invocation(type) is { } invoke)
            return $"{Name(type)} :: public delegate ({Parameters(invoke.GetParameters())}) : {Name(invoke.ReturnType)}";
        string underlying = type.IsEnum ? $" : {Name(Enum.GetUnderlyingType(type))}" : "";
        return $"{Name(type)} :: public {KindOf(type)}{underlying}{Variance(type)}{Constraints(OwnGenericParameters(type))}";
    }

    public override string Line(MemberInfo member)
    {
        string owner = Name(member.DeclaringType!);
        switch (member)
        {
            case FieldInfo { DeclaringType.IsEnum: true } value:
                return $"{owner}.{value.Name} = {Number(value.GetRawConstantValue()!)}";
            case FieldInfo field:
                string word = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
                return $"{owner}.{field.Name} : {Name(field.FieldType)}{Modifiers(field.IsPublic, word + "field")}";
            case EventInfo @event:
                MethodInfo add = @event.AddMethod!;
                return $"{owner}.{@event.Name} : {Name(@event.EventHandlerType!)}{Modifiers(add.IsPublic, Dispatch(add) + "event")}";
            case PropertyInfo property:
                MethodInfo accessor = Accessor(property);
                ParameterInfo[] index = property.GetIndexParameters();
                string name = index.Length == 0 ? property.Name : $"{property.Name}[{Parameters(index)}]";
                return $"{owner}.{name} : {Name(property.PropertyType)} {Accessors(property)}" +
                    Modifiers(accessor.IsPublic, Dispatch(accessor) + "property");
            case ConstructorInfo constructor:
                return $"{owner}..ctor({Parameters(constructor.GetParameters())}){Modifiers(constructor.IsPublic, "")}";
            case MethodInfo method:
                return $"{owner}.{method.Name}{GenericParameters(method)}({Parameters(method.GetParameters())})" +
                    $" : {Name(method.ReturnType)}" + Constraints(method.GetGenericArguments()) + Modifiers(method.IsPublic, Dispatch(method));
            default:
                return $"{owner}.{member.Name} ({member.MemberType})";
        }
    }

    public override ApiEntry? Parse(string line)
    {
        line = FromAssembly().Replace(line, "").Replace(" [Obsolete]", "", StringComparison.Ordinal);
        if (line.Split(" :: ", 2) is [var type, var kind])
            return ParseType(type, kind);
        if (line.Contains("[none visible to third parties", StringComparison.Ordinal))
            return null;
        Match marks = Marks().Match(line);
        string[] words = marks.Success ? marks.Groups[1].Value.Split(' ') : [];
        if (words.Contains("internal") || words.Contains("private"))
            return null;
        string[] kept = [.. words.Where(s_kept.Contains)];
        string bare = marks.Success ? line[..marks.Index] : line;
        return new(kept.Length == 0 ? bare : $"{bare} [{string.Join(' ', kept)}]", Subject(bare), []);
    }

    protected override string DefaultValue(object value, Type type) =>
        type.IsEnum && Enum.GetName(type, value) is { } name ? name : Number(value);

    private static ApiEntry? ParseType(string type, string kind)
    {
        if (!kind.StartsWith("public", StringComparison.Ordinal))
            return null;
        if (kind.StartsWith("public delegate", StringComparison.Ordinal) || kind.StartsWith("public enum", StringComparison.Ordinal))
            return new($"{type} :: {kind}", type, []);
        string constraints = kind.IndexOf(" where ", StringComparison.Ordinal) is var at && at >= 0 ? kind[at..] : "";
        kind = kind[..^constraints.Length];
        string variance = kind.IndexOf(" variance(", StringComparison.Ordinal) is var from && from >= 0 ? kind[from..] : "";
        kind = kind[..^variance.Length];
        string[] parts = kind.Split(" : ", 2);
        IEnumerable<string> bases = parts.Length > 1 ? ApiEntry.SplitList(parts[1]) : [];
        return new($"{type} :: {parts[0]}{variance}{constraints}", type, [.. bases.Select(part => BaseMarks().Replace(part, ""))]);
    }

    private static string Variance(Type type)
    {
        string[] variances = [.. type.GetGenericArguments().Select(argument =>
            argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Covariant) ? "out " + argument.Name :
            argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.Contravariant) ? "in " + argument.Name : "")
            .Where(text => text.Length > 0)];
        return variances.Length == 0 ? "" : $" variance({string.Join(", ", variances)})";
    }

    private static string Modifiers(bool isPublic, string words) =>
        $"{(isPublic ? "" : "protected ")}{words}".Trim() is { Length: > 0 } text ? $" [{text}]" : "";

    private static string Subject(string line) => line.Split('(')[0].Split(" : ")[0].Split(" = ")[0].Split('[')[0];

    [GeneratedRegex(@"   \{[\w.]+\}$")]
    private static partial Regex FromAssembly();

    [GeneratedRegex(@" \[([a-z ]+)\]$")]
    private static partial Regex Marks();

    [GeneratedRegex(@" \[\w+\]")]
    private static partial Regex BaseMarks();
}
