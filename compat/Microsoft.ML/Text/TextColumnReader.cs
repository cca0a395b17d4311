namespace Microsoft.ML.Data;

/// <summary>Holds the value of one column in the current line.</summary>
internal abstract class TextColumnReader
{
    public abstract Delegate Getter { get; }

    public abstract void Read(TextLine line, List<TextField> fields, ParseLog log);

    public static TextColumnReader Create(BoundTextColumn column, TextLoader.Options options, Action checkGood) =>
        (TextColumnReader)Getters.Create(column.Type is VectorDataViewType ? typeof(VectorReader<>) : typeof(ScalarReader<>),
            [column.ItemType.RawType], column, TextValueParsers.For(column.ItemType, options), checkGood);

    private static T Parse<T>(BoundTextColumn column, TextValueParser<T> parser, TextLine line, List<TextField> fields, int field, int? slot, ParseLog log)
    {
        ReadOnlyMemory<char> text = field < fields.Count ? fields[field].Text : default;
        switch (parser(text, out T value))
        {
            case TextParseOutcome.Failed:
                throw Contracts.Except($"Could not parse value {text} in line {line.Number}, column {column.Name}");
            case TextParseOutcome.Bad:
                log.BadValue(line, column.Name, slot);
                break;
        }
        return value;
    }

    private sealed class ScalarReader<T> : TextColumnReader
    {
        private readonly BoundTextColumn _column;
        private readonly TextValueParser<T> _parser;
        private T _value;

        public ScalarReader(BoundTextColumn column, TextValueParser<T> parser, Action checkGood)
        {
            _column = column;
            _parser = parser;
            Getter = (ValueGetter<T>)((ref T value) =>
            {
                checkGood();
                value = _value;
            });
        }

        public override Delegate Getter { get; }

        public override void Read(TextLine line, List<TextField> fields, ParseLog log) =>
            _value = Parse(_column, _parser, line, fields, _column.Ranges[0].Min, null, log);
    }

    private sealed class VectorReader<T> : TextColumnReader
    {
        private readonly BoundTextColumn _column;
        private readonly TextValueParser<T> _parser;
        private readonly List<T> _values = [];

        public VectorReader(BoundTextColumn column, TextValueParser<T> parser, Action checkGood)
        {
            _column = column;
            _parser = parser;
            Getter = (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
            {
                checkGood();
                VBufferEditor<T> editor = VBufferEditor.Create(ref value, _values.Count);
                for (int i = 0; i < _values.Count; i++)
                    editor.Values[i] = _values[i];
                value = editor.Commit();
            });
        }

        public override Delegate Getter { get; }

        public override void Read(TextLine line, List<TextField> fields, ParseLog log)
        {
            _values.Clear();
            foreach (int field in _column.Fields(fields.Count))
                _values.Add(Parse(_column, _parser, line, fields, field, _values.Count, log));
        }
    }
}
