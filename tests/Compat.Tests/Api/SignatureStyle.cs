using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Compat.Tests.Api;

/// <summary>How one list writes types and members. Both lists have the same words in another order.</summary>
internal abstract class SignatureStyle
{
    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(sbyte)] = "sbyte", [typeof(byte)] = "byte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    /// <summary>The line of a type, without its bases.</summary>
    public abstract string Line(Type type);

    /// <summary>The line of a member.</summary>
    public abstract string Line(MemberInfo member);

    /// <summary>A line of the list as <see cref="Line(Type)"/> and <see cref="Line(MemberInfo)"/> write it, and the bases of a type;
    /// null for what the list holds only to say that it is not public.</summary>
    public abstract ApiEntry? Parse(string line);

    public virtual string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsPointer)
            return Name(type.GetElementType()!) + "*";
        if (type.IsGenericParameter)
            return type.Name;
        if (s_keywords.TryGetValue(type, out string? keyword))
            return keyword;
        return Qualified(type);
    }

    protected abstract string DefaultValue(object value, Type type);

    protected virtual string Space(Type type) => type.Namespace is { Length: > 0 } space ? space + "." : "";

    protected string Parameters(IEnumerable<ParameterInfo> parameters) => string.Join(", ", parameters.Select(parameter =>
    {
        bool extends = parameter.Position == 0 && parameter.Member.IsDefined(typeof(ExtensionAttribute));
        string modifier =
            parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " :
            !parameter.ParameterType.IsByRef ? "" :
            parameter.IsOut ? "out " :
            parameter.IsIn ? "in " : "ref ";
        string type = Name(parameter.ParameterType) + TupleNames(parameter);
        return $"{(extends ? "this " : "")}{modifier}{type} {parameter.Name}{Default(parameter)}";
    }));

    /// <summary>The names of a tuple's parts, where the list gives them.</summary>
    protected virtual string TupleNames(ICustomAttributeProvider place) => "";

    protected static string GenericParameters(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    protected string Constraints(IEnumerable<Type> parameters) => string.Concat(parameters.Select(parameter =>
    {
        GenericParameterAttributes attributes = parameter.GenericParameterAttributes;
        bool isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        List<string> constraints = [];
        if (isStruct)
            constraints.Add("struct");
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            constraints.Add("class");
        constraints.AddRange(parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(Name));
        if (!isStruct && attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
            constraints.Add("new()");
        return constraints.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", constraints)}";
    }));

    /// <summary>How a delegate is called; null for what is none.</summary>
    protected static MethodInfo? Invocation(Type type) => typeof(Delegate).IsAssignableFrom(type) ? type.GetMethod("Invoke") : null;

    protected static IEnumerable<Type> OwnGenericParameters(Type type) =>
        type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0);

    /// <summary>"{ get; protected set; }": what others can use of it, against the more visible of the two accessors.</summary>
    protected static string Accessors(PropertyInfo property)
    {
        bool anyPublic = property.GetAccessors(true).Any(accessor => accessor.IsPublic);
        string One(MethodInfo? accessor, string word) => accessor is null || !PublicSurface.IsVisible(accessor) ? "" :
            anyPublic && !accessor.IsPublic ? $"protected {word}; " : word + "; ";
        bool isInit = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;
        return "{ " + One(property.GetMethod, "get") + One(property.SetMethod, isInit ? "init" : "set") + "}";
    }

    protected static MethodInfo Accessor(PropertyInfo property) =>
        property.GetAccessors(true).OrderByDescending(accessor => accessor.IsPublic).First();

    /// <summary>static, abstract, virtual or nothing; an interface's method that a class implements counts as nothing.</summary>
    protected static string Dispatch(MethodBase method) =>
        method.IsStatic ? "static " :
        method.DeclaringType!.IsInterface ? "" :
        method.IsAbstract ? "abstract " :
        method.IsVirtual && !method.IsFinal ? "virtual " : "";

    /// <summary>"sealed class", "static class", "struct" and so on.</summary>
    protected static string KindOf(Type type) =>
        type.IsEnum ? "enum" :
        type.IsInterface ? "interface" :
        type.IsValueType ? "struct" :
        type.IsAbstract && type.IsSealed ? "static class" :
        type.IsAbstract ? "abstract class" :
        type.IsSealed ? "sealed class" : "class";

    protected static string Number(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private string Default(ParameterInfo parameter) =>
        !parameter.HasDefaultValue ? "" : " = " + parameter.DefaultValue switch
        {
            null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
            bool value => value ? "true" : "false",
            string value => $"\"{value}\"",
            char value => value.ToString(),
            var value => DefaultValue(value, Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType),
        };

    /// <summary>Namespace, outer types, name, with the type arguments where they belong.</summary>
    private string Qualified(Type type)
    {
        Type[] arguments = type.GetGenericArguments();
        int inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string name = type.Name.Split('`')[0];
        if (arguments.Length > inherited)
            name += $"<{string.Join(", ", arguments[inherited..].Select(Name))}>";
        if (type.DeclaringType is not { } outer)
            return Space(type) + name;
        bool isClosed = outer.IsGenericTypeDefinition && !type.IsGenericTypeDefinition;
        Type closed = isClosed ? outer.MakeGenericType(arguments[..inherited]) : outer;
        return Qualified(closed) + "." + name;
    }
}
