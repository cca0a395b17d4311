using Microsoft.ML.DeLoRA.Experiments.Charts;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>A report as a browser lays it out and paints it. Pictures stay in the folder "screenshots" beside this assembly.</summary>
[Collection("browser")]
public class BrowserTests(BrowserReport report)
{
    public static TheoryData<int, bool> Views
        => new() { { 1280, false }, { 1280, true }, { 768, false }, { 390, false }, { 390, true }, { 320, false } };

    [BrowserTheory]
    [MemberData(nameof(Views))]
    public async Task The_page_is_quiet_asks_for_nothing_and_fits_the_window(int width, bool dark)
    {
        PageView view = await report.View(width, dark);
        Assert.Empty(view.Complaints);
        Assert.Equal([report.Address], view.Requests);
        Assert.Equal(width, view.Layout.Width);
        Assert.Equal(width, view.Layout.ScrollWidth);
    }

    [BrowserTheory]
    [MemberData(nameof(Views))]
    public async Task Every_chart_is_there_with_its_axes_and_a_legend_of_its_lines(int width, bool dark)
    {
        PageLayout layout = (await report.View(width, dark)).Layout;
        Assert.Equal(5, layout.Charts.Length);
        Assert.All(layout.Charts, chart =>
        {
            Assert.True(chart.Box.Right - chart.Box.Left > 0.8 * Math.Min(width, 900), $"{chart.Box}");
            Assert.True(chart.Box.Bottom - chart.Box.Top > 150, $"{chart.Box}");
            Assert.InRange(chart.Box.Left, 0, chart.Box.Right);
            Assert.InRange(chart.Box.Right, 0, width);
            string[] kinds = [.. chart.Labels.Select(l => l.Kind.Split(' ')[0])];
            Assert.Equal(["x-axis", "y-axis"], kinds.Where(k => k.EndsWith("-axis", StringComparison.Ordinal)));
            Assert.True(kinds.Count(k => k == "x") >= 3 && kinds.Count(k => k == "y") >= 3, chart.Title);
            Assert.Equal(chart.Legend.Select(l => (l.Color, l.Dashes)), chart.Lines.Select(l => (l.Color, l.Dashes)));
            Assert.All(chart.Lines.Zip(chart.Legend).Where(p => p.First.Markers > 0), p => Assert.Equal(p.Second.Shape, p.First.Shape));
            Assert.Equal(chart.Legend.Length, chart.Legend.Select(l => (l.Color, l.Dashes)).Distinct().Count());
        });
        Assert.All(layout.Charts[..^1], chart => Assert.Equal(SampleReport.Series, chart.Legend.Select(l => l.Text)));
        Assert.Equal(["query", "key", "value", "output"], layout.Charts[^1].Legend.Select(l => l.Text));
    }

    [BrowserTheory]
    [MemberData(nameof(Views))]
    public async Task No_text_of_a_chart_lies_on_another_or_outside_or_is_too_small(int width, bool dark)
    {
        foreach (PageChart chart in (await report.View(width, dark)).Layout.Charts)
        {
            (string Text, PageBox Box)[] labels =
                [.. chart.Labels.Select(l => (l.Text, l.Box)), .. chart.Legend.Select(l => (l.Text, l.Box))];
            Assert.DoesNotContain(Pairs(labels), p => p.One.Box.Overlaps(p.Other.Box));
            Assert.All(chart.Labels, l => Assert.True(chart.Box.Contains(l.Box), $"{chart.Title}: {l}"));
            PageBox above = new(0, 0, width, chart.Box.Top);
            Assert.All(chart.Legend, l => Assert.True(above.Contains(l.Box), $"{chart.Title}: {l}"));
            Assert.All(chart.Labels, l => Assert.True(l.Box.Bottom - l.Box.Top >= 10, $"{chart.Title}: {l}"));
            Assert.All(chart.Lines.Where(l => l.Data != ""), l => Assert.True(chart.Box.Contains(l.Box), $"{chart.Title}: {l}"));
        }
    }

    [BrowserTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Texts_and_lines_stand_out_in_both_themes(bool dark)
    {
        PageLayout layout = (await report.View(1280, dark)).Layout;
        Assert.DoesNotContain(layout.Texts, t => Rgb.Contrast(t.Color, t.Background) < 4.5);
        Assert.Contains(layout.Texts, t => t.Text == "DeLoRA, BA only");
        Assert.Equal(dark, Rgb.Contrast(layout.Background, "rgb(255, 255, 255)") > 4.5);
        string[] colors = [.. layout.Charts[0].Lines.Select(l => l.Color).Distinct()];
        Assert.Equal(ChartMarkers.Count, colors.Length);
        Assert.All(colors, c => Assert.InRange(Rgb.Contrast(c, layout.Background), 3, 21));
        Assert.DoesNotContain(Pairs(colors), p => Rgb.Difference(p.One, p.Other) < 25);
    }

    [BrowserTheory]
    [MemberData(nameof(Views))]
    public async Task Every_line_is_painted_in_its_colour(int width, bool dark)
    {
        PageView view = await report.View(width, dark);
        var image = new PngImage(view.Screenshot);
        Assert.Equal(width * DevToolsPage.Density, image.Width);
        Assert.Equal(Rgb.Parse(view.Layout.Background), image[1, 1]);
        Assert.All(view.Layout.Charts, chart => Assert.All(chart.Lines.Where(l => l.Box.Right - l.Box.Left > 100), line =>
        {
            double painted = Painted(image, line);
            Assert.True(painted > 0.4, $"{chart.Title}: {line.Color} is in {painted:P0} of the columns");
        }));
    }

    [BrowserFact]
    public async Task Gaps_of_runs_that_diverged_stay_open_and_the_point_between_two_has_a_marker()
    {
        PageLayout layout = (await report.View(1280, dark: false)).Layout;
        PageLine dora = layout.Charts[0].Lines[2];
        Assert.Equal("MLLLMMLL", string.Concat(dora.Data.Where(char.IsLetter)));
        Assert.Equal(8, dora.Markers);
        Assert.Equal(8, layout.Charts[0].Lines[1].Markers);
    }

    private static IEnumerable<(T One, T Other)> Pairs<T>(IReadOnlyList<T> items)
        => items.SelectMany((one, i) => items.Take(i).Select(other => (one, other)));

    // Of the columns of a line's box, how many have its colour. Markers alone fill less than a third of a wide chart; other lines may hide
    // a part.
    private static double Painted(PngImage image, PageLine line)
    {
        (int red, int green, int blue) = Rgb.Parse(line.Color);
        int[] columns = [.. Pixels(line.Box.Left, line.Box.Right)];
        return columns.Count(x => Pixels(line.Box.Top - 2, line.Box.Bottom + 2).Select(y => image[x, y])
            .Any(IsIts)) / (double)columns.Length;

        bool IsIts((int Red, int Green, int Blue) p) => Math.Abs(p.Red - red) + Math.Abs(p.Green - green) + Math.Abs(p.Blue - blue) <= 6;

        static IEnumerable<int> Pixels(double from, double to)
            => Enumerable.Range((int)(from * DevToolsPage.Density), (int)((to - from) * DevToolsPage.Density));
    }
}
