namespace Microsoft.ML.Data;

/// <summary>Text files as a view; every cursor reads them anew.</summary>
internal sealed class TextDataView(
    IHost host, TextLoader.Options options, BoundTextColumn[] columns, DataViewSchema schema, IMultiStreamSource source) : IDataView
{
    public DataViewSchema Schema => schema;

    public bool CanShuffle => false;

    private IHost Host => host;

    private TextLoader.Options Options => options;

    private BoundTextColumn[] Columns => columns;

    private IMultiStreamSource Source => source;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        Contracts.CheckValue(columnsNeeded, nameof(columnsNeeded));
        // Observed: a column of another schema is no error here.
        return new Cursor(this, columnsNeeded.Select(c => c.Index).Where(i => i < columns.Length).ToHashSet());
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        Contracts.CheckValue(columnsNeeded, nameof(columnsNeeded));
        var cursors = new DataViewRowCursor[Math.Max(1, n)];
        cursors[0] = GetRowCursor(columnsNeeded, rand);
        for (int i = 1; i < cursors.Length; i++)
            cursors[i] = new EmptyCursor(host, schema, schema.ActiveColumns(columnsNeeded));
        return cursors;
    }

    private sealed class Cursor : RootCursor
    {
        private readonly TextDataView _owner;
        private readonly TextColumnReader[] _readers;
        private readonly TextColumnReader[] _activeReaders;
        private readonly FieldSplitter _splitter;
        private readonly ParseLog _log;
        private readonly IEnumerator<TextLine> _lines;

        public Cursor(TextDataView owner, HashSet<int> active) : base(owner.Host)
        {
            _owner = owner;
            _splitter = new FieldSplitter(owner.Options);
            _log = new ParseLog(owner.Host);
            _lines = TextLine.Read(owner.Source, owner.Options).GetEnumerator();
            _readers = owner.Columns
                .Select((c, i) => active.Contains(i) ? TextColumnReader.Create(c, owner.Options, CheckOnRow) : null)
                .ToArray();
            _activeReaders = _readers.Where(r => r is not null).ToArray();
        }

        public override DataViewSchema Schema => _owner.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            CheckIndex(column);
            return _readers[column.Index] is not null;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            CheckIndex(column);
            TextColumnReader reader = _readers[column.Index] ?? throw new InvalidOperationException();
            return Getters.Cast<TValue>(reader.Getter, "Invalid TValue in GetGetter");
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
        {
            CheckGood();
            value = new DataViewRowId((ulong)Position, 0);
        };

        protected override bool MoveNextCore()
        {
            try
            {
                if (!ReadLine())
                    return false;
                Parse(_lines.Current);
                return true;
            }
            // Observed: the parsing threads, which are on by default, wrap what happens in them once more.
            catch (Exception e) when (_owner.Options.UseThreads)
            {
                throw new FormatException($"Parsing failed with an exception: {e.Message}", e);
            }
        }

        protected override void Dispose(bool disposing)
        {
            _log.Finish();
            _lines.Dispose();
            base.Dispose(disposing);
        }

        private bool ReadLine()
        {
            try
            {
                return _lines.MoveNext();
            }
            catch (Exception e)
            {
                throw new FormatException("Stream reading encountered exception", e);
            }
        }

        private void Parse(TextLine line)
        {
            _log.RowRead();
            List<TextField> fields = _splitter.Split(line.Text);
            foreach (TextField field in fields)
            {
                if (field.IsIllegal)
                    _log.FormatError(line, field);
            }
            foreach (TextColumnReader reader in _activeReaders)
                reader.Read(line, fields, _log);
        }

        private void CheckIndex(DataViewSchema.Column column) =>
            Contracts.CheckParam(column.Index < _readers.Length, nameof(column), "requested column not valid.");

        private void CheckOnRow()
        {
            if (!IsGood)
                throw new InvalidOperationException();
        }
    }
}
