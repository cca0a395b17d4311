using System.Reflection;

namespace Compat.Tests.Api;

/// <summary>What an assembly shows to code outside it: its public types and their public and protected members.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> Types(Assembly assembly) =>
        assembly.GetTypes().Where(IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal);

    /// <summary>
    /// The members that the type itself brings. An override brings none: the member it overrides is checked where it is declared.
    /// </summary>
    public static IEnumerable<MemberInfo> Members(Type type)
    {
        if (type.IsEnum)
            return type.GetFields(BindingFlags.Public | BindingFlags.Static);
        if (typeof(Delegate).IsAssignableFrom(type))
            return [];
        return type.GetMembers(Declared).Where(member => member switch
        {
            ConstructorInfo constructor => !constructor.IsStatic && IsVisible(constructor),
            MethodInfo method => IsVisible(method) && !IsOverride(method) && (!method.IsSpecialName || IsOperator(method)),
            PropertyInfo property => property.GetAccessors(true).Any(accessor => IsVisible(accessor) && !IsOverride(accessor)),
            EventInfo @event => IsVisible(@event.AddMethod!),
            FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
            _ => false,
        });
    }

    /// <summary>The base class and the interfaces that the type names or inherits, as far as others can see them.</summary>
    public static IEnumerable<Type> Bases(Type type)
    {
        if (type.IsEnum || typeof(Delegate).IsAssignableFrom(type))
            return [];
        IEnumerable<Type> bases = type.GetInterfaces();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            bases = bases.Prepend(parent);
        return bases.Where(@base => IsVisible(@base.IsGenericType ? @base.GetGenericTypeDefinition() : @base));
    }

    public static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(Type type) => type.IsNested
        ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
        : type.IsPublic;

    private static bool IsOperator(MethodInfo method) => method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;
}
