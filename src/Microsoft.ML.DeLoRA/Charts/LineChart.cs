using System.Xml.Linq;

namespace Microsoft.ML.DeLoRA.Charts;

/// <summary>A line chart as an SVG element, and its numbers as a table. Colours come from the style sheet of <see cref="HtmlPage"/>.</summary>
internal sealed record LineChart(string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<ChartSeries> Series)
{
    private const double Left = 70;
    private const double Top = 14;
    private const double PlotWidth = 520;
    private const double PlotHeight = 300;
    private const double Bottom = 52;
    private const double LegendLine = 22;
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    /// <summary>A mark on the x axis, drawn as a broken line over the plot's height; null: none.</summary>
    public double? Mark { get; init; }

    /// <summary>The drawing.</summary>
    public XElement ToSvg()
    {
        // A letter of the widest of the usual fonts; what the reader's system has is not known here.
        double legendWidth = 50 + (9 * (Series.Max(s => (int?)s.Name.Length) ?? 0));
        return new XElement(_svg + "svg",
            new XAttribute("viewBox", $"0 0 {ChartNumber.Coordinate(Left + PlotWidth + legendWidth)} {ChartNumber.Coordinate(Top + PlotHeight + Bottom)}"),
            new XAttribute("role", "img"), new XAttribute("aria-label", Title),
            X.Scale.Ticks.Select(VerticalTick), Y.Scale.Ticks.Select(HorizontalTick), MarkLine(),
            Text("axis", Left + (PlotWidth / 2), Top + PlotHeight + 44, X.Title),
            new XElement(_svg + "text", new XAttribute("class", "axis"),
                new XAttribute("transform", $"translate(16 {ChartNumber.Coordinate(Top + (PlotHeight / 2))}) rotate(-90)"), Y.Title),
            Series.Select(Line), Series.Select(Legend));
    }

    /// <summary>The numbers: a row for each x, a column for each series; "-" for what there is not.</summary>
    /// <param name="every">Takes each n-th x only, and the last.</param>
    public XElement ToTable(int every = 1)
    {
        double[] all = [.. Series.SelectMany(s => s.Points).Select(p => p.X).Distinct().Order()];
        var values = Series.Select(s => s.Points.ToDictionary(p => p.X, p => p.Y)).ToArray();
        return Html.Table([X.Title, .. Series.Select(s => s.Name)],
            all.Where((_, i) => i % every == 0 || i == all.Length - 1)
                .Select(x => (string[])[ChartNumber.Format(x), .. values.Select(v => v.TryGetValue(x, out double y) && double.IsFinite(y) ? ChartNumber.Format(y) : "-")]));
    }

    private XElement[] VerticalTick(double value)
        => [GridLine(Across(value), Top, Across(value), Top + PlotHeight), Text("x", Across(value), Top + PlotHeight + 20, ChartNumber.Format(value))];

    private XElement[] HorizontalTick(double value)
        => [GridLine(Left, Down(value), Left + PlotWidth, Down(value)), Text("y", Left - 8, Down(value) + 4, ChartNumber.Format(value))];

    private XElement? MarkLine()
        => Mark is double x && X.Scale.Holds(x) && X.Scale.Position(x) is >= 0 and <= 1
            ? new XElement(_svg + "path", new XAttribute("class", "mark"), new XAttribute("d", Segment(Across(x), Top, Across(x), Top + PlotHeight)))
            : null;

    private XElement Line(ChartSeries series, int index)
    {
        ChartPoint[] shown = [.. series.Points.Where(IsShown)];
        return Group(index,
            new XElement(_svg + "path", new XAttribute("class", "line"), new XAttribute("d", LineData(series))),
            shown.Select(p => Marker(index, Across(p.X), Down(p.Y), $"{series.Name}: {ChartNumber.Format(p.X)}, {ChartNumber.Format(p.Y)}")));
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

    private XElement Legend(ChartSeries series, int index)
    {
        double x = Left + PlotWidth + 14;
        double y = Top + 10 + (index * LegendLine);
        return Group(index,
            new XElement(_svg + "path", new XAttribute("class", "line"), new XAttribute("d", Segment(x, y, x + 20, y))),
            Marker(index, x + 10, y, null),
            Text("legend", x + 27, y + 4, series.Name));
    }

    private static XElement Group(int index, params object?[] content) => new(_svg + "g", new XAttribute("class", ChartMarkers.Class(index)), content);

    private static XElement Marker(int index, double x, double y, string? title)
        => new(_svg + "path", new XAttribute("class", "marker"), new XAttribute("d", ChartMarkers.Path(index)),
            new XAttribute("transform", $"translate({ChartNumber.Coordinate(x)} {ChartNumber.Coordinate(y)})"),
            title is null ? null : new XElement(_svg + "title", title));

    private static XElement GridLine(double x1, double y1, double x2, double y2)
        => new(_svg + "path", new XAttribute("class", "grid"), new XAttribute("d", Segment(x1, y1, x2, y2)));

    private static XElement Text(string @class, double x, double y, string text)
        => new(_svg + "text", new XAttribute("class", @class),
            new XAttribute("x", ChartNumber.Coordinate(x)), new XAttribute("y", ChartNumber.Coordinate(y)), text);

    private static string Segment(double x1, double y1, double x2, double y2)
        => $"M{ChartNumber.Coordinate(x1)},{ChartNumber.Coordinate(y1)}L{ChartNumber.Coordinate(x2)},{ChartNumber.Coordinate(y2)}";

    private bool IsShown(ChartPoint point) => X.Scale.Holds(point.X) && Y.Scale.Holds(point.Y);

    private double Across(double x) => Left + (PlotWidth * X.Scale.Position(x));

    private double Down(double y) => Top + (PlotHeight * (1 - Y.Scale.Position(y)));
}
