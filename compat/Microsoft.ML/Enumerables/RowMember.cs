using System.Linq.Expressions;
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>A public field or property of a row class that can be a column.</summary>
internal sealed class RowMember
{
    private readonly MemberInfo _member;

    private RowMember(MemberInfo member, Type type)
    {
        _member = member;
        Type = type;
        (IsVector, ItemType) = Shape(type);
    }

    public string Name => _member.Name;

    public bool IsField => _member is FieldInfo;

    /// <summary>The type as declared: string, float[], VBuffer...</summary>
    public Type Type { get; }

    public bool IsVector { get; }

    /// <summary>The plain column type of a value, or of an item of a vector; null when there is none.</summary>
    public PrimitiveDataViewType ItemType { get; }

    /// <summary>Fields, then properties, that the direction needs.</summary>
    public static IEnumerable<RowMember> Of(Type rowType, SchemaDefinition.Direction direction)
    {
        const BindingFlags Visible = BindingFlags.Public | BindingFlags.Instance;
        IEnumerable<RowMember> fields = rowType.GetFields(Visible).Select(f => new RowMember(f, f.FieldType));
        IEnumerable<RowMember> properties = rowType.GetProperties(Visible)
            .Where(p => p.GetIndexParameters().Length == 0)
            .Where(p => (direction.HasFlag(SchemaDefinition.Direction.Read) && p.GetMethod is { IsPublic: true })
                || (direction.HasFlag(SchemaDefinition.Direction.Write) && p.SetMethod is { IsPublic: true }))
            .Select(p => new RowMember(p, p.PropertyType));
        return fields.Concat(properties);
    }

    public TAttribute Attribute<TAttribute>() where TAttribute : Attribute => _member.GetCustomAttribute<TAttribute>();

    public Func<TRow, TValue> Reader<TRow, TValue>()
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, TValue>>(Expression.MakeMemberAccess(row, _member), row).Compile();
    }

    public Action<TRow, TValue> Writer<TRow, TValue>()
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        ParameterExpression value = Expression.Parameter(typeof(TValue));
        return Expression.Lambda<Action<TRow, TValue>>(Expression.Assign(Expression.MakeMemberAccess(row, _member), value), row, value).Compile();
    }

    private static (bool IsVector, PrimitiveDataViewType ItemType) Shape(Type type)
    {
        if (type.IsArray && type.GetArrayRank() == 1)
            return (true, DataViewTypeExtensions.PrimitiveOrNull(type.GetElementType()));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>))
            return (true, DataViewTypeExtensions.PrimitiveOrNull(type.GetGenericArguments()[0]));
        return (false, DataViewTypeExtensions.PrimitiveOrNull(type));
    }
}
