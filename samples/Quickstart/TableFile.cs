using Microsoft.ML;
using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>A text file with column names in its first line, read by ML.NET's TextLoader, which wants column numbers.</summary>
internal sealed class TableFile
{
    private const string SplitColumn = "Split";

    private readonly string _path;
    private readonly bool _isCsv;
    private readonly List<TextLoader.Column> _columns = [];
    private readonly bool _hasSplit;

    private TableFile(string path, Arguments settings)
    {
        _path = path;
        _isCsv = Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase);
        string[] names = [.. (File.ReadLines(path).FirstOrDefault() ?? "").Split(_isCsv ? ',' : '\t').Select(n => n.Trim().Trim('"'))];
        Add(nameof(Row.Text), settings.Text);
        Add(nameof(Row.Label), settings.Label);
        if (settings.Text2 is not null)
            Add(nameof(Row.Text2), settings.Text2);
        _hasSplit = names.Contains(SplitColumn);
        if (_hasSplit)
            Add(nameof(Row.Split), SplitColumn);

        void Add(string property, string name)
        {
            int index = Array.IndexOf(names, name);
            if (index < 0)
                throw new ArgumentException($"{path} has no column '{name}'; "
                    + $"its columns are {string.Join(", ", names.Select(n => $"'{n}'"))}.");
            _columns.Add(new TextLoader.Column(property, DataKind.String, index));
        }
    }

    public static TableFile Open(Arguments settings)
        => File.Exists(settings.Data)
            ? new TableFile(settings.Data, settings)
            : throw new FileNotFoundException($"The file '{settings.Data}' does not exist.");

    /// <summary>Training and test rows: as the column Split says, else 80 and 20 % with seed 1.</summary>
    public (IDataView Train, IDataView Test) Split(MLContext mlContext)
    {
        IDataView all = mlContext.Data.LoadFromTextFile(_path, new TextLoader.Options
        {
            Columns = [.. _columns],
            HasHeader = true,
            Separators = [_isCsv ? ',' : '\t'],
            AllowQuoting = _isCsv,
            ReadMultilines = _isCsv,
        });
        if (!_hasSplit)
        {
            DataOperationsCatalog.TrainTestData split = mlContext.Data.TrainTestSplit(all, testFraction: 0.2, seed: 1);
            return (split.TrainSet, split.TestSet);
        }
        Row[] rows = [.. mlContext.Data.CreateEnumerable<Row>(all, reuseRowObject: false, ignoreMissingColumns: true)];
        return (Part("train"), Part("test"));

        IDataView Part(string name)
        {
            Row[] part = [.. rows.Where(r => r.Split == name)];
            if (part.Length == 0)
                throw new InvalidDataException($"{_path}: no row says '{name}' in its column {SplitColumn}.");
            return mlContext.Data.LoadFromEnumerable(part);
        }
    }
}
