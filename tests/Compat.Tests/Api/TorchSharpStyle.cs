using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Compat.Tests.Api;

/// <summary>"Type . static Result name(parameters)": system types without their namespace, T? and tuples as C# writes them.</summary>
internal sealed partial class TorchSharpStyle : SignatureStyle
{
    public override string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        if (type.IsGenericType && type.GetGenericTypeDefinition().FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal))
            return $"({string.Join(", ", type.GetGenericArguments().Select(Name))})";
        return base.Name(type);
    }

    public override string Line(Type type)
    {
        if (Invocation(type) is { } invoke)
            return $"{Name(type)} :: delegate {Name(invoke.ReturnType)} ({Parameters(invoke.GetParameters())})";
        return $"{Name(type)} :: {KindOf(type)}{Constraints(OwnGenericParameters(type))}";
    }

    public override string Line(MemberInfo member)
    {
        string owner = Name(member.DeclaringType!);
        switch (member)
        {
            case FieldInfo { DeclaringType.IsEnum: true } named:
                return $"{owner}.{named.Name} = {Number(named.GetRawConstantValue()!)}";
            case FieldInfo field:
                string word = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
                string constant = !field.IsLiteral ? "" : field.GetRawConstantValue() switch
                {
                    string text => $" = \"{text}\"",
                    var value => " = " + DefaultValue(value!, field.FieldType),
                };
                return $"{owner} . {Scope(field.IsPublic)}{word}{Name(field.FieldType)}{TupleNames(field)} {field.Name}{constant}";
            case PropertyInfo property:
                MethodInfo accessor = Accessor(property);
                ParameterInfo[] index = property.GetIndexParameters();
                string name = index.Length == 0 ? property.Name : $"this[{Parameters(index)}]";
                return $"{owner} . {Scope(accessor.IsPublic)}{Dispatch(accessor)}" +
                    $"{Name(property.PropertyType)}{TupleNames(property)} {name} {Accessors(property)}";
            case ConstructorInfo constructor:
                return $"{owner} . {Scope(constructor.IsPublic)}new({Parameters(constructor.GetParameters())})";
            case MethodInfo method:
                string result = Name(method.ReturnType) + TupleNames(method.ReturnParameter);
                return $"{owner} . {Scope(method.IsPublic)}{Dispatch(method)}{result} {method.Name}{GenericParameters(method)}" +
                    $"({Parameters(method.GetParameters())}){Constraints(method.GetGenericArguments())}";
            default:
                return $"{owner} . {member.MemberType} {member.Name}";
        }
    }

    public override ApiEntry? Parse(string line)
    {
        line = line.Replace(" [Obsolete]", "", StringComparison.Ordinal);
        if (line.Split(" :: ") is [var type, var kind])
        {
            string constraints = kind.IndexOf(" where ", StringComparison.Ordinal) is var at && at >= 0 ? kind[at..] : "";
            kind = kind[..^constraints.Length];
            string[] parts = kind.Split(" : ", 2);
            return new($"{type} :: {parts[0]}{constraints}", type, parts.Length > 1 ? ApiEntry.SplitList(parts[1]) : []);
        }
        string member = OverrideWord().Replace(line, "");
        return new(member, Subject(member), []);
    }

    protected override string Space(Type type) =>
        type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true ? "" : base.Space(type);

    protected override string DefaultValue(object value, Type type) =>
        type.IsEnum && Enum.GetName(type, value) is { } name ? $"{Name(type)}.{name}" : Number(value);

    protected override string TupleNames(ICustomAttributeProvider place) =>
        place.GetCustomAttributes(typeof(TupleElementNamesAttribute), false) is [TupleElementNamesAttribute names]
            ? $"/*{string.Join(",", names.TransformNames)}*/" : "";

    private static string Scope(bool isPublic) => isPublic ? "" : "protected ";

    /// <summary>The type and the member's bare name.</summary>
    private static string Subject(string line)
    {
        if (line.Split(" . ", 2) is not [var type, var rest])
            return line.Split(" = ")[0];
        string head = rest.Contains(" this[", StringComparison.Ordinal) ? "this" :
            rest.EndsWith('}') ? rest[..rest.LastIndexOf(" {", StringComparison.Ordinal)] :
            MemberName().Match(rest) is { Success: true } match ? match.Groups[1].Value : rest.Split(" = ")[0];
        return $"{type} . {head.Split(' ')[^1]}";
    }

    [GeneratedRegex(@"(?<= )(override|sealed override) ")]
    private static partial Regex OverrideWord();

    // The name stands before the parameter list; a tuple result in front of it is followed by a blank or its names.
    [GeneratedRegex(@"(?:^|[ /])([\w]+)(?:<[^()]*>)?\([^()]*(?:\([^()]*\)[^()]*)*\)(?: where .*)?$")]
    private static partial Regex MemberName();
}
