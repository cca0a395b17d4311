using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>A tab with one page, and what it asked of the network and complained of since it was opened.</summary>
public sealed class DevToolsPage : IAsyncDisposable
{
    private const int Height = 900;
    private readonly DevToolsConnection _connection;
    private readonly string _target;
    private readonly string _session;
    private readonly int _width;

    private DevToolsPage(DevToolsConnection connection, string target, string session, int width)
        => (_connection, _target, _session, _width) = (connection, target, session, width);

    /// <summary>Addresses that were asked for, the page's own first.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Messages of the console, errors of scripts and refusals of the page's policy.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>Pixels of the screen for each of the style sheet's.</summary>
    public static int Density => 2;

    public static async Task<DevToolsPage> Open(DevToolsConnection connection, Uri address, int width, bool dark)
    {
        JsonElement created = await connection.Send("Target.createTarget", new() { ["url"] = "about:blank" });
        string target = created.GetProperty("targetId").GetString()!;
        JsonElement session = await connection.Send("Target.attachToTarget", new() { ["targetId"] = target, ["flatten"] = true });
        var page = new DevToolsPage(connection, target, session.GetProperty("sessionId").GetString()!, width);
        var loaded = new TaskCompletionSource();
        connection.Happened += (name, data) =>
        {
            page.Note(name, data);
            if (name == "Page.loadEventFired")
                loaded.TrySetResult();
        };
        foreach (string domain in (string[])["Page", "Network", "Log", "Runtime"])
            await page.Send($"{domain}.enable");
        await page.Send("Emulation.setDeviceMetricsOverride", new()
        {
            ["width"] = width, ["height"] = Height, ["deviceScaleFactor"] = Density, ["mobile"] = width < 600,
        });
        await page.Send("Emulation.setEmulatedMedia", new()
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
        });
        await page.Send("Page.navigate", new() { ["url"] = address.AbsoluteUri });
        await loaded.Task.WaitAsync(TimeSpan.FromMinutes(1));
        return page;
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<T> Evaluate<T>(string expression)
    {
        JsonElement answer = await Send("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true });
        if (answer.TryGetProperty("exceptionDetails", out JsonElement error))
            throw new InvalidOperationException(error.ToString());
        return answer.GetProperty("result").GetProperty("value").Deserialize<T>(JsonSerializerOptions.Web)!;
    }

    /// <summary>The whole page, not only what fits on the screen, as a PNG file.</summary>
    public async Task<byte[]> Screenshot()
    {
        int height = await Evaluate<int>("document.documentElement.scrollHeight");
        JsonElement answer = await Send("Page.captureScreenshot", new()
        {
            ["captureBeyondViewport"] = true,
            ["clip"] = new JsonObject { ["x"] = 0, ["y"] = 0, ["width"] = _width, ["height"] = height, ["scale"] = 1 },
        });
        return answer.GetProperty("data").GetBytesFromBase64();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.Send("Target.closeTarget", new() { ["targetId"] = _target });
        _connection.Dispose();
    }

    private Task<JsonElement> Send(string method, JsonObject? parameters = null) => _connection.Send(method, parameters, _session);

    private void Note(string name, JsonElement data)
    {
        if (name == "Network.requestWillBeSent")
            Requests.Enqueue(data.GetProperty("request").GetProperty("url").GetString()!);
        else if (name is "Log.entryAdded" or "Runtime.consoleAPICalled" or "Runtime.exceptionThrown")
            Complaints.Enqueue(data.ToString());
    }
}
