using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Getters whose value type is known at run time only.</summary>
internal static class Getters
{
    private static readonly MethodInfo GetMethod = ((Func<DataViewRow, DataViewSchema.Column, Delegate>)Get<int>).Method.GetGenericMethodDefinition();

    /// <summary>The getter of a column by its own raw type.</summary>
    public static Delegate GetGetter(this DataViewRow row, DataViewSchema.Column column) =>
        (Delegate)Invoke(GetMethod, [column.Type.RawType], row, column);

    /// <summary>
    /// Calls a generic method (an instance method on its first argument) with type arguments known at run time;
    /// its exceptions come through unwrapped.
    /// </summary>
    public static object Invoke(MethodInfo definition, Type[] typeArguments, params object[] arguments)
    {
        (object target, object[] rest) = definition.IsStatic ? (null, arguments) : (arguments[0], arguments[1..]);
        return definition.MakeGenericMethod(typeArguments).Invoke(target, BindingFlags.DoNotWrapExceptions, null, rest, null);
    }

    /// <summary>Makes an object of a generic class with type arguments known at run time; its exceptions come through unwrapped.</summary>
    public static object Create(Type definition, Type[] typeArguments, params object[] arguments) =>
        Activator.CreateInstance(definition.MakeGenericType(typeArguments),
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DoNotWrapExceptions, null, arguments, null);

    /// <summary>The getter as the type asked for, or the error that names both types.</summary>
    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, string where = "Invalid TValue") =>
        getter as ValueGetter<TValue> ?? throw Contracts.Except(
            $"{where}: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");

    private static Delegate Get<TValue>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<TValue>(column);
}
