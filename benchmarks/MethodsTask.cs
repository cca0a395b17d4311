namespace Benchmarks;

/// <summary>A row of a task: one text, or two.</summary>
internal sealed record TaskRow(string Text, string Second, string Label);

/// <summary>A GLUE task of the methods benchmark: how many training rows are taken, where its columns are, what is measured.</summary>
internal sealed record MethodsTask(string Name, int Rows, string Metric, bool Header, int Text, int? Second, int Label, Func<IReadOnlyList<IReadOnlyList<double>>, double> Measure)
{
    public static MethodsTask[] All { get; } =
    [
        new("SST-2", 5000, "accuracy", true, 0, null, 1, Accuracy),
        new("CoLA", 3000, "Matthews", false, 3, null, 1, Matthews),
        new("MRPC", 2000, "accuracy", true, 3, 4, 0, Accuracy),
    ];

    public bool IsPair => Second is not null;

    public TaskRow[] Read(string folder, string part)
        => [.. File.ReadLines(Path.Combine(folder, "glue", Name, part + ".tsv")).Skip(Header ? 1 : 0).Select(l => l.Split('\t'))
            .Select(f => new TaskRow(f[Text], Second is { } second ? f[second] : "", f[Label]))];

    private static double Accuracy(IReadOnlyList<IReadOnlyList<double>> counts)
        => counts.Select((row, i) => row[i]).Sum() / counts.Sum(row => row.Sum());

    private static double Matthews(IReadOnlyList<IReadOnlyList<double>> c)
    {
        double root = Math.Sqrt((c[0][0] + c[0][1]) * (c[1][0] + c[1][1]) * (c[0][0] + c[1][0]) * (c[0][1] + c[1][1]));
        return root == 0 ? 0 : ((c[0][0] * c[1][1]) - (c[0][1] * c[1][0])) / root;
    }
}

internal static class Order
{
    public static T[] Shuffled<T>(this T[] rows, int seed)
    {
        new Random(seed).Shuffle(rows);
        return rows;
    }
}
