using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML.DeLoRA.Experiments.Charts;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts;

public class LineChartTests
{
    private static readonly LineChart _chart =
        new("Metric", new ChartAxis("factor", LogScale.OfTwo([1, 8])), new ChartAxis("accuracy (%)", new LinearScale([50, 80])),
        [new("A <b>", [new(1, 50), new(2, 65), new(4, double.NaN), new(8, 80)]), new("B", [new(1, 80), new(8, 80)])])
        { Mark = 2 };

    [Fact]
    public void Points_lie_where_the_scales_say_and_a_gap_breaks_the_line()
    {
        XElement[] lines = ByClass("line");
        Assert.Equal("M39.9,350L226.5,195M599.9,40", lines[0].Attribute("d")!.Value);
        Assert.Equal("M39.9,40L599.9,40", lines[1].Attribute("d")!.Value);
        Assert.Equal(["translate(39.9 350)", "translate(226.5 195)", "translate(599.9 40)"],
            ByClass("marker").Select(m => m.Parent!).Where(m => m.Value.StartsWith("A <b>: ", StringComparison.Ordinal))
                .Select(m => m.Attribute("transform")!.Value));
        Assert.Equal("M226.5,40L226.5,350", ByClass("mark").Single().Attribute("d")!.Value);
    }

    [Fact]
    public void A_spread_is_a_bar_around_its_point_and_stands_in_brackets()
    {
        LineChart chart = _chart with { Series = [new("A", [new(1, 65, 7.5), new(2, double.NaN, double.NaN), new(8, 65)])] };
        Assert.Equal(["M39.9,117.5L39.9,272.5"],
            chart.ToSvg().Descendants().Where(e => (string?)e.Attribute("class") == "spread").Select(e => e.Attribute("d")!.Value));
        Assert.Equal(["1", "65.00 (7.5)", "2", "-", "8", "65.00"],
            chart.ToTable().Descendants("tbody").Single().Elements("tr").SelectMany(r => r.Elements()).Select(c => c.Value));
    }

    [Fact]
    public void Axes_have_titles_ticks_and_grid_and_the_legend_names_the_series()
    {
        Assert.Equal(["1", "2", "4", "8"], ByClass("x").Select(e => e.Value));
        Assert.Equal(["50", "55", "60", "65", "70", "75", "80"], ByClass("y").Select(e => e.Value));
        Assert.Equal(["factor, log scale", "accuracy (%)"], ByClass("x-axis").Concat(ByClass("y-axis")).Select(e => e.Value));
        Assert.Equal(11, ByClass("grid").Length);
        LineChart gap = _chart with { Series = [.. _chart.Series, new("C", [new(1, double.NaN)])] };
        Assert.Equal(["A <b>", "B", "C (no values)"], gap.ToLegend().Elements("li").Select(e => e.Value));
        Assert.Equal("Metric", _chart.ToSvg().Attribute("aria-label")!.Value);
    }

    [Fact]
    public void Series_differ_in_colour_and_marker_and_where_colours_start_anew_in_dashes()
    {
        Assert.Equal(ChartMarkers.Count, Enumerable.Range(0, ChartMarkers.Count).Select(ChartMarkers.Path).Distinct().Count());
        Assert.Equal(3 * ChartMarkers.Count, Enumerable.Range(0, 3 * ChartMarkers.Count).Select(ChartMarkers.Class).Distinct().Count());
        Assert.Equal(("s0 dashed", ChartMarkers.Path(1)), (ChartMarkers.Class(ChartMarkers.Count), ChartMarkers.Path(ChartMarkers.Count)));
        string page = HtmlPage.Write("");
        Assert.All(Enumerable.Range(0, ChartMarkers.Count), i => Assert.Contains($".{ChartMarkers.Class(i)} {{", page));
        Assert.Equal(2, page.Split($"--s{ChartMarkers.Count - 1}: #").Length - 1);
    }

    [Fact]
    public void Nothing_is_drawn_outside_of_the_picture()
    {
        double[] size =
            [.. _chart.ToSvg().Attribute("viewBox")!.Value.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
        Assert.Equal((0, 0), (size[0], size[1]));
        Assert.All(_chart.ToSvg().Descendants().Where(e => e.Attribute("x") is not null), e =>
        {
            Assert.InRange((double)e.Attribute("x")!, 0, size[2]);
            Assert.InRange((double)e.Attribute("y")!, 0, size[3]);
        });
    }

    [Fact]
    public void The_table_has_the_numbers()
    {
        XElement table = _chart.ToTable();
        Assert.Equal(["factor", "A <b>", "B"], table.Descendants("thead").Descendants("th").Select(e => e.Value));
        Assert.Equal(["1 50.00 80.00", "2 65.00 -", "4 - -", "8 80.00 80.00"], Rows(table));
        Assert.Equal(["1 50.00 80.00", "8 80.00 80.00"], Rows(_chart.ToTable(every: 5)));
    }

    [Fact]
    public void A_chart_of_nothing_can_be_drawn()
    {
        var empty = new LineChart("", _chart.X, _chart.Y, [new("A", [])]);
        Assert.Equal("", empty.ToSvg().Descendants().First(e => (string?)e.Attribute("class") == "line").Attribute("d")!.Value);
        Assert.Empty(Rows(empty.ToTable()));
        Assert.NotNull((empty with { Series = [] }).ToSvg().Attribute("viewBox"));
    }

    [Fact]
    public void Labels_that_would_touch_are_left_out_in_a_narrow_window_or_everywhere_but_the_marks_never()
    {
        Assert.Equal("-|x wide|-|x|-|x wide|-|x|-", Classes(size => 4 * size, count: 9, kept: 3));
        Assert.Equal("x|x", Classes(size => size, count: 2, kept: 0));

        static string Classes(Func<double, double> length, int count, int kept)
            => string.Join('|', ChartText.Classes(length, count, extent: 320, kept, "x").Select(c => c ?? "-"));
    }

    [Fact]
    public void Long_lines_have_a_marker_at_some_points_and_points_between_gaps_always_one()
    {
        ChartPoint[] points = [.. Enumerable.Range(0, 48).Select(i => new ChartPoint(i, i is 6 or 8 ? double.NaN : 1))];
        double[] marked = [.. ChartMarkers.Marked(points, p => double.IsFinite(p.Y), series: 1).Select(p => p.X)];
        Assert.Equal([1, 5, 7, 9, 13], marked[..5]);
        Assert.Equal(12, ChartMarkers.Marked([.. points[9..21]], _ => true, 5).Count());
    }

    private static XElement[] ByClass(string name) => [.. _chart.ToSvg().Descendants().Where(e => (string?)e.Attribute("class") == name)];

    private static IEnumerable<string> Rows(XElement table)
        => table.Descendants("tbody").Elements("tr").Select(r => string.Join(' ', r.Elements().Select(e => e.Value)));
}
