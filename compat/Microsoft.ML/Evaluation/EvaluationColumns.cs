namespace Microsoft.ML.Data;

/// <summary>Finds the columns of an evaluation, and reads labels.</summary>
internal static class EvaluationColumns
{
    public static void CheckName(string name, string parameterName) =>
        Contracts.CheckParam(!string.IsNullOrEmpty(name), parameterName, $"{parameterName} cannot be null or empty");

    /// <summary>The real library's message has name and role in each other's place.</summary>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string role) =>
        schema.GetColumnOrNull(name) ?? throw Contracts.ExceptParam(nameof(schema), $"{name} column '{role}' not found");

    public static void CheckType(DataViewSchema.Column column, string role, bool fits, string expected)
    {
        if (!fits)
            throw Contracts.ExceptSchemaMismatch("schema", role, column.Name, expected, column.Type.ToString());
    }

    /// <summary>The class of a row from 0, or null when it is missing; of numbers only whole ones from 0 are classes.</summary>
    public static Func<long?> ClassGetter(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is not KeyDataViewType)
        {
            ValueGetter<float> getter = row.GetGetter<float>(label);
            return () =>
            {
                float value = default;
                getter(ref value);
                return value >= 0 && value <= int.MaxValue && value == MathF.Floor(value) ? (long)value : null;
            };
        }
        Func<DataViewRow, DataViewSchema.Column, Func<long?>> keyGetter = KeyGetter<uint>;
        return (Func<long?>)Getters.Invoke(keyGetter.Method.GetGenericMethodDefinition(), [label.Type.RawType], row, label);
    }

    private static Func<long?> KeyGetter<T>(DataViewRow row, DataViewSchema.Column label) where T : unmanaged
    {
        ValueGetter<T> getter = row.GetGetter<T>(label);
        return () =>
        {
            T value = default;
            getter(ref value);
            ulong raw = Convert.ToUInt64(value);
            return raw == 0 ? null : (long)(raw - 1);
        };
    }
}
