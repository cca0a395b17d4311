using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML.DeLoRA.Charts;

namespace Microsoft.ML.DeLoRA.Tests.Charts;

public class LineChartTests
{
    private static readonly LineChart _chart = new("Metric", new ChartAxis("factor", LogScale.OfTwo([1, 8])), new ChartAxis("accuracy (%)", new LinearScale([50, 80])),
        [new("A <b>", [new(1, 50), new(2, 65), new(4, double.NaN), new(8, 80)]), new("B", [new(1, 80), new(8, 80)])]) { Mark = 2 };

    [Fact]
    public void Points_lie_where_the_scales_say_and_a_gap_breaks_the_line()
    {
        XElement[] lines = ByClass("line");
        Assert.Equal("M70,314L243.3,164M590,14", lines[0].Attribute("d")!.Value);
        Assert.Equal("M70,14L590,14", lines[1].Attribute("d")!.Value);
        Assert.Equal(["translate(70 314)", "translate(243.3 164)", "translate(590 14)"],
            ByClass("marker").Where(m => m.Value.StartsWith("A <b>: ", StringComparison.Ordinal)).Select(m => m.Attribute("transform")!.Value));
        Assert.Equal("M243.3,14L243.3,314", ByClass("mark").Single().Attribute("d")!.Value);
    }

    [Fact]
    public void Axes_have_titles_ticks_and_grid_and_the_legend_names_the_series()
    {
        Assert.Equal(["1", "2", "4", "8"], ByClass("x").Select(e => e.Value));
        Assert.Equal(["50", "55", "60", "65", "70", "75", "80"], ByClass("y").Select(e => e.Value));
        Assert.Equal(["factor", "accuracy (%)"], ByClass("axis").Select(e => e.Value));
        Assert.Equal(11, ByClass("grid").Length);
        Assert.Equal(["A <b>", "B"], ByClass("legend").Select(e => e.Value));
        Assert.Equal("Metric", _chart.ToSvg().Attribute("aria-label")!.Value);
    }

    [Fact]
    public void Series_differ_in_colour_and_marker()
    {
        Assert.Equal(ChartMarkers.Count, Enumerable.Range(0, ChartMarkers.Count).Select(ChartMarkers.Path).Distinct().Count());
        string page = HtmlPage.Write("");
        Assert.All(Enumerable.Range(0, ChartMarkers.Count), i => Assert.Contains($".{ChartMarkers.Class(i)} {{", page));
        Assert.Equal(2, page.Split($"--s{ChartMarkers.Count - 1}: #").Length - 1);
    }

    [Fact]
    public void Nothing_is_drawn_outside_of_the_picture()
    {
        double[] size = [.. _chart.ToSvg().Attribute("viewBox")!.Value.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
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
        Assert.Equal(["1 50 80", "2 65 -", "4 - -", "8 80 80"], Rows(table));
        Assert.Equal(["1 50 80", "8 80 80"], Rows(_chart.ToTable(every: 5)));
    }

    [Fact]
    public void A_chart_of_nothing_can_be_drawn()
    {
        var empty = new LineChart("", _chart.X, _chart.Y, [new("A", [])]);
        Assert.Equal("", empty.ToSvg().Descendants().First(e => (string?)e.Attribute("class") == "line").Attribute("d")!.Value);
        Assert.Empty(Rows(empty.ToTable()));
        Assert.NotNull((empty with { Series = [] }).ToSvg().Attribute("viewBox"));
    }

    private static XElement[] ByClass(string name) => [.. _chart.ToSvg().Descendants().Where(e => (string?)e.Attribute("class") == name)];

    private static IEnumerable<string> Rows(XElement table) => table.Descendants("tbody").Elements("tr").Select(r => string.Join(' ', r.Elements().Select(e => e.Value)));
}
