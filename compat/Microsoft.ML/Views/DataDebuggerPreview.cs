using System.Collections.Immutable;

namespace Microsoft.ML
{
    public static class DebuggerExtensions
    {
        public static DataDebuggerPreview Preview(this IDataView data, int maxRows = 100)
        {
            Contracts.CheckValue(data, nameof(data));
            Contracts.CheckParam(maxRows >= 0, nameof(maxRows));
            return new DataDebuggerPreview(data, maxRows);
        }
    }
}

namespace Microsoft.ML.Data
{
    /// <summary>The first rows of a view, to look at.</summary>
    public sealed class DataDebuggerPreview
    {
        internal DataDebuggerPreview(IDataView data, int maxRows)
        {
            Schema = data.Schema;
            DataViewSchema.Column[] columns = Schema.ToArray();
            using DataViewRowCursor cursor = data.GetRowCursor(columns);
            Func<object>[] readers = columns.Select(c => (Func<object>)Getters.Invoke(
                ((Func<DataViewRow, DataViewSchema.Column, Func<object>>)Reader<int>).Method.GetGenericMethodDefinition(), [c.Type.RawType], cursor, c)).ToArray();
            var rows = new List<RowInfo>();
            while (rows.Count < maxRows && cursor.MoveNext())
                rows.Add(new RowInfo(columns.Select((c, i) => new KeyValuePair<string, object>(c.Name, readers[i]())).ToArray()));
            RowView = [.. rows];
            ColumnView = [.. columns.Select((c, i) => new ColumnInfo(c, rows.Select(r => r.Values[i].Value).ToArray()))];
        }

        public DataViewSchema Schema { get; }

        public ImmutableArray<ColumnInfo> ColumnView { get; }

        public ImmutableArray<RowInfo> RowView { get; }

        public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

        private static Func<object> Reader<T>(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                getter(ref value);
                return value;
            };
        }

        public sealed class ColumnInfo
        {
            internal ColumnInfo(DataViewSchema.Column column, object[] values)
            {
                Column = column;
                Values = values;
            }

            public DataViewSchema.Column Column { get; }

            public object[] Values { get; }

            public override string ToString() => $"{Column.Name}: {Column.Type}";
        }

        public sealed class RowInfo
        {
            internal RowInfo(KeyValuePair<string, object>[] values) => Values = values;

            public KeyValuePair<string, object>[] Values { get; }

            public override string ToString() => $"{Values.Length} columns";
        }
    }
}
