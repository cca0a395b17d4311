using System.Xml.Linq;

namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>
/// A line chart as an SVG element, its legend, and its numbers as a table. Colours and fonts come from the style sheet of
/// <see cref="HtmlPage"/>.
/// </summary>
internal sealed record LineChart(string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<ChartSeries> Series)
{
    private const double Top = 40;
    private const double PlotWidth = 560;
    private const double PlotHeight = 310;
    private const double Bottom = 70;
    private const double Gap = 13;
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    /// <summary>A mark on the x axis, drawn as a broken line over the plot's height; null: none.</summary>
    public double? Mark { get; init; }

    private double Left => Gap + Math.Max(ChartText.Width(Y.Labels.Max(l => l.Length)), ChartText.Width(X.Labels[0].Length) / 2);

    /// <summary>The drawing.</summary>
    public XElement ToSvg()
    {
        double width = Left + PlotWidth + Math.Max(Gap, ChartText.Width(X.Labels[^1].Length) / 2);
        return new XElement(_svg + "svg",
            new XAttribute("viewBox", $"0 0 {ChartNumber.Coordinate(width)} {ChartNumber.Coordinate(Top + PlotHeight + Bottom)}"),
            new XAttribute("class", "chart"), new XAttribute("role", "img"), new XAttribute("aria-label", Title),
            VerticalTicks(), HorizontalTicks(), MarkLine(),
            Text("x-axis", Left + (PlotWidth / 2), Top + PlotHeight + Gap, "2.4em", X.Caption),
            Text("y-axis", 0, Top - 18, "0", Y.Caption),
            Series.Select(Line));
    }

    /// <summary>The name of each series beside its line and marker.</summary>
    public XElement ToLegend() => new("ul", new XAttribute("class", "legend"), Series.Select((series, index) => new XElement("li",
        new XElement(_svg + "svg",
            new XAttribute("class", ChartMarkers.Class(index)), new XAttribute("aria-hidden", "true"),
            new XAttribute("width", 34), new XAttribute("height", 14),
            Path("line", Segment(0, 7, 34, 7)), Marker(index, 17, 7, null)),
        Html.Element("span", series.Points.Any(IsShown) ? series.Name : $"{series.Name} (no values)"))));

    /// <summary>The numbers: a row for each x, a column for each series, spreads in brackets; "-" for what there is not.</summary>
    /// <param name="every">Takes each n-th x only, and the last.</param>
    public XElement ToTable(int every = 1)
    {
        double[] all = [.. Series.SelectMany(s => s.Points).Select(p => p.X).Distinct().Order()];
        var values = Series.Select(s => s.Points.ToDictionary(p => p.X)).ToArray();
        return Html.Table([X.Title, .. Series.Select(s => s.Name)],
            all.Where((_, i) => i % every == 0 || i == all.Length - 1)
                .Select(x => (string[])[ChartNumber.Format(x), .. values.Select(v => Number(v, x))]));

        static string Number(Dictionary<double, ChartPoint> points, double x)
            => !points.TryGetValue(x, out ChartPoint point) || !double.IsFinite(point.Y) ? "-"
                : ChartNumber.Aligned(point.Y) + (point.Spread > 0 ? $" ({ChartNumber.Format(point.Spread)})" : "");
    }

    private IEnumerable<XElement?> VerticalTicks()
    {
        int kept = Mark is double mark ? Math.Max(0, X.Scale.Ticks.ToList().IndexOf(mark)) : 0;
        int digits = 1 + X.Labels.Max(l => l.Length);
        string?[] classes = ChartText.Classes(size => ChartText.Width(digits, size), X.Labels.Length, PlotWidth, kept, "x");
        return X.Scale.Ticks.SelectMany((tick, i) => (XElement?[])
        [
            Path("grid", Segment(Across(tick), Top, Across(tick), Top + PlotHeight)),
            classes[i] is string name ? Text(name, Across(tick), Top + PlotHeight + Gap, "1em", X.Labels[i]) : null,
        ]);
    }

    private IEnumerable<XElement?> HorizontalTicks()
    {
        string?[] classes = ChartText.Classes(size => 1.3 * size, Y.Labels.Length, PlotHeight, 0, "y");
        return Y.Scale.Ticks.SelectMany((tick, i) => (XElement?[])
        [
            Path("grid", Segment(Left, Down(tick), Left + PlotWidth, Down(tick))),
            classes[i] is string name ? Text(name, Left - (Gap / 2), Down(tick), "0.35em", Y.Labels[i]) : null,
        ]);
    }

    private XElement? MarkLine()
        => Mark is double x && X.Scale.Holds(x) && X.Scale.Position(x) is >= 0 and <= 1
            ? Path("mark", Segment(Across(x), Top, Across(x), Top + PlotHeight))
            : null;

    private XElement Line(ChartSeries series, int index)
        => new(_svg + "g", new XAttribute("class", ChartMarkers.Class(index)), Path("line", LineData(series)),
            series.Points.Where(p => IsShown(p) && p.Spread > 0).Select(p => SpreadBar(p, index)),
            ChartMarkers.Marked(series.Points, IsShown, index)
                .Select(p => Marker(index, Across(p.X), Down(p.Y),
                    $"{series.Name}: {ChartNumber.Format(p.X)}, {ChartNumber.Format(p.Y)}")));

    // Side by side within a marker's width, so that the series' bars do not hide each other.
    private XElement SpreadBar(ChartPoint point, int index)
    {
        double x = Across(point.X) + (2.5 * (index - ((Series.Count - 1) / 2.0)));
        return Path("spread", Segment(x, Down(point.Y + point.Spread), x, Down(point.Y - point.Spread)));
    }

    // A gap in the points is a gap in the line.
    private string LineData(ChartSeries series)
    {
        var parts = new List<string>();
        bool joined = false;
        foreach (ChartPoint point in series.Points)
        {
            if (IsShown(point))
                parts.Add($"{(joined ? 'L' : 'M')}{ChartNumber.Coordinate(Across(point.X))},{ChartNumber.Coordinate(Down(point.Y))}");
            joined = IsShown(point);
        }
        return string.Concat(parts);
    }

    // The group has the place, so that the style sheet can scale the shape.
    private static XElement Marker(int index, double x, double y, string? title)
        => new(_svg + "g", new XAttribute("transform", $"translate({ChartNumber.Coordinate(x)} {ChartNumber.Coordinate(y)})"),
            Path("marker", ChartMarkers.Path(index)), title is null ? null : new XElement(_svg + "title", title));

    private static XElement Path(string @class, string data)
        => new(_svg + "path", new XAttribute("class", @class), new XAttribute("d", data));

    // The shift down is in the font's size, which the style sheet chooses.
    private static XElement Text(string @class, double x, double y, string down, string text)
        => new(_svg + "text", new XAttribute("class", @class),
            new XAttribute("x", ChartNumber.Coordinate(x)), new XAttribute("y", ChartNumber.Coordinate(y)),
            new XAttribute("dy", down), text);

    private static string Segment(double x1, double y1, double x2, double y2)
        => $"M{ChartNumber.Coordinate(x1)},{ChartNumber.Coordinate(y1)}L{ChartNumber.Coordinate(x2)},{ChartNumber.Coordinate(y2)}";

    private bool IsShown(ChartPoint point) => X.Scale.Holds(point.X) && Y.Scale.Holds(point.Y);

    private double Across(double x) => Left + (PlotWidth * X.Scale.Position(x));

    private double Down(double y) => Top + (PlotHeight * (1 - Y.Scale.Position(y)));
}
