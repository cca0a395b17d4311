using System.Diagnostics;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using DeLoRA.TestSupport;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>The system's Chromium without a window, with a profile of its own that goes away with it.</summary>
public sealed class Chromium : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private static readonly string[] _arguments =
    [
        "--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb", "--hide-scrollbars",
    ];

    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    private readonly TemporaryDirectory _profile = new();
    private readonly Process _process;
    private readonly Uri _address;

    public Chromium()
    {
        string[] sandbox = Environment.UserName == "root" ? ["--no-sandbox"] : [];
        var start = new ProcessStartInfo(Executable ?? throw new InvalidOperationException("There is no Chromium."),
            [.. _arguments, .. sandbox, $"--user-data-dir={_profile.Path}", "about:blank"])
        {
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        var address = new TaskCompletionSource<string>();
        _process.ErrorDataReceived += (_, line) =>
        {
            if (Regex.Match(line.Data ?? "", @"^DevTools listening on (ws://\S+)") is { Success: true } match)
                address.TrySetResult(match.Groups[1].Value);
        };
        _process.BeginErrorReadLine();
        Task.WaitAny([address.Task, _process.WaitForExitAsync()], _patience);
        if (!address.Task.IsCompleted)
        {
            Dispose();
            throw new IOException($"{Executable} was started, but it ended, or within {_patience} named no address for its DevTools.");
        }
        _address = new Uri(address.Task.Result);
    }

    /// <summary>The browser of this machine; null: there is none in PATH.</summary>
    public static string? Executable { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => _names.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Opens a page in an empty tab.</summary>
    public async Task<DevToolsPage> Open(string path, int width, bool dark)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        using var patience = new CancellationTokenSource(_patience);
        await socket.ConnectAsync(_address, patience.Token);
        return await DevToolsPage.Open(new DevToolsConnection(socket, _patience), new Uri(path), width, dark);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _profile.Dispose();
    }
}

/// <summary>A table of cases that need a browser; skipped, with a message, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = BrowserFactAttribute.Reason;
}

/// <summary>The same for a single test.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Reason;

    public static string? Reason
        => Chromium.Executable is null ? "needs a browser in PATH: apt-get install chromium (or chromium-browser, google-chrome)" : null;
}
