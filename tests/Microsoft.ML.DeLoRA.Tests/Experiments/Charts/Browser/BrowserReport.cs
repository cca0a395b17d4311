using DeLoRA.TestSupport;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>A browser with the sample report, looked at once in each way.</summary>
[CollectionDefinition("browser")]
public sealed class BrowserReport : ICollectionFixture<BrowserReport>, IDisposable
{
    private static readonly string _pictures = Path.Combine(AppContext.BaseDirectory, "screenshots");
    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<(int, bool), PageView> _views = [];
    private readonly Lazy<Chromium> _browser = new(() => new Chromium());
    private readonly Lazy<string> _path;

    public BrowserReport() => _path = new(() => SampleReport.Create().Write(_folder.Path));

    /// <summary>The report's address.</summary>
    public string Address => new Uri(_path.Value).AbsoluteUri;

    /// <summary>What a reader sees of the report; the picture is kept.</summary>
    internal async Task<PageView> View(int width, bool dark)
    {
        if (!_views.TryGetValue((width, dark), out PageView? view))
        {
            _views.Add((width, dark), view = await View(_path.Value, width, dark));
            Directory.CreateDirectory(_pictures);
            File.WriteAllBytes(Path.Combine(_pictures, $"robustness-{width}-{(dark ? "dark" : "light")}.png"), view.Screenshot);
        }
        return view;
    }

    /// <summary>What a reader sees of another page, whose picture is not kept.</summary>
    internal async Task<PageView> View(string path, int width, bool dark)
    {
        await using DevToolsPage page = await _browser.Value.Open(path, width, dark);
        var layout = await page.Evaluate<PageLayout>(PageLayout.Measure);
        return new PageView(layout, await page.Screenshot(), [.. page.Requests], [.. page.Complaints]);
    }

    public void Dispose()
    {
        if (_browser.IsValueCreated)
            _browser.Value.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A page in one window: where all is, the picture, what was asked of the network, what went wrong.</summary>
internal sealed record PageView(PageLayout Layout, byte[] Screenshot, string[] Requests, string[] Complaints);
