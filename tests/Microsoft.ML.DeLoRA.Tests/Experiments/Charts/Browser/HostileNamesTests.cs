using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>Names from result files are text for the browser, whatever they look like, and the page's policy stands behind that.</summary>
[Collection("browser")]
public class HostileNamesTests(BrowserReport report)
{
    private const string Markup
        = "</title></style></svg><script>console.error('ran')</script><img src=x onerror=\"console.error('ran')\">&amp;]]>";
    private static readonly string _long = new('W', 300);

    [BrowserFact]
    public async Task Markup_and_endless_words_in_names_are_shown_as_they_are()
    {
        using var folder = new TemporaryDirectory();
        RobustnessResult[] results = [Run(Markup), Run(_long), Run("\u0001\0 \ud83d\ude00")];
        string path = new RobustnessReport(results, [new ProjectionNorm(0, Markup, 1)]).Write(folder.Path);
        PageView view = await report.View(path, 390, dark: false);
        Assert.Equal([Markup, _long], view.Layout.Charts[0].Legend.Select(l => l.Text).Take(2));
        Assert.EndsWith("\ud83d\ude00", view.Layout.Charts[0].Legend[2].Text);
        Assert.Equal(
            ["body", "details", "div", "g", "h1", "h2", "head", "html", "li", "meta", "p", "path", "section", "span", "style", "summary",
                "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul"],
            view.Layout.Elements.Order(StringComparer.Ordinal));
        Assert.Empty(view.Complaints);
        Assert.Single(view.Requests);
        Assert.Equal(390, view.Layout.ScrollWidth);
        Assert.All(view.Layout.Charts[0].Legend, l => Assert.True(l.Box.Right <= 390, $"{l.Box}"));
    }

    [BrowserFact]
    public async Task What_got_into_the_page_all_the_same_neither_runs_nor_loads()
    {
        using var folder = new TemporaryDirectory();
        string path = new RobustnessReport([Run("LoRA")], []).Write(folder.Path);
        string page = File.ReadAllText(path);
        string inserted = Markup + "<img src='https://example.invalid/x.png'><iframe src='x.html'></iframe>"
            + "<link rel='stylesheet' href='https://example.invalid/x.css'>";
        File.WriteAllText(path, page.Replace("</body>", $"{inserted}</body>", StringComparison.Ordinal));
        PageView guarded = await report.View(path, 390, dark: false);
        Assert.NotEmpty(guarded.Complaints);
        Assert.All(guarded.Complaints, c => Assert.Contains("Content Security Policy", c, StringComparison.Ordinal));

        // The same without the policy shows that the test sees what it looks for.
        File.WriteAllText(path, File.ReadAllText(path).Replace("Content-Security-Policy", "x", StringComparison.Ordinal));
        PageView open = await report.View(path, 390, dark: false);
        Assert.Contains(open.Complaints, c => c.Contains("\"ran\"", StringComparison.Ordinal));
        Assert.Contains(open.Requests, r => r == "https://example.invalid/x.png");
    }

    private static RobustnessResult Run(string name)
    {
        RobustnessResult result = RobustnessRuns.Result("LoRA", 1, 0.5);
        result.Settings[name] = name;
        return result with { Module = Markup, Run = result.Run with { Method = name } };
    }
}
