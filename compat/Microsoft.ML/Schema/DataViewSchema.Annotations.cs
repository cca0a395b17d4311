namespace Microsoft.ML;

public sealed partial class DataViewSchema
{
    /// <summary>Named values about a column: key values, slot names, the kind of a score.</summary>
    public sealed partial class Annotations
    {
        private readonly Delegate[] _getters;

        internal Annotations(DataViewSchema schema, Delegate[] getters)
        {
            Schema = schema;
            _getters = getters;
        }

        public static Annotations Empty { get; } = new(new DataViewSchema([]), []);

        public DataViewSchema Schema { get; }

        public ValueGetter<TValue> GetGetter<TValue>(Column column)
        {
            Contracts.CheckParam(0 <= column.Index && column.Index < _getters.Length, nameof(column));
            return _getters[column.Index] as ValueGetter<TValue> ?? throw Contracts.Except(
                $"Invalid TValue: '{typeof(TValue)}', expected type: '{_getters[column.Index].GetType().GetGenericArguments()[0]}'.");
        }

        public void GetValue<TValue>(string kind, ref TValue value)
        {
            Column column = Schema.GetColumnOrNull(kind) ?? throw Contracts.Except("Invalid call to 'GetValue'");
            GetGetter<TValue>(column)(ref value);
        }

        internal Delegate GetGetter(int index) => _getters[index];

        public override string ToString() => $"{{{string.Join(", ", Schema)}}}";
    }
}
