using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>Commands to a browser, its answers and its events by the Chrome DevTools Protocol: JSON texts over a WebSocket.</summary>
public sealed class DevToolsConnection : IDisposable
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly CancellationTokenSource _end = new();
    private readonly WebSocket _socket;
    private readonly TimeSpan _patience;
    private readonly Task _reading;
    private int _id;

    public DevToolsConnection(WebSocket socket, TimeSpan patience)
    {
        (_socket, _patience) = (socket, patience);
        _reading = Task.Run(Read);
    }

    /// <summary>Told of every event, one at a time.</summary>
    public event Action<string, JsonElement>? Happened;

    /// <summary>Sends a command and waits for its answer.</summary>
    public async Task<JsonElement> Send(string method, JsonObject? parameters = null, string? session = null)
    {
        int id = Interlocked.Increment(ref _id);
        var answer = _waiting[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null)
            command["sessionId"] = session;
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(command);
        await _socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, _end.Token);
        Task first = await Task.WhenAny(answer.Task, _reading, Task.Delay(_patience));
        return first == answer.Task
            ? await answer.Task
            : throw new IOException($"The browser did not answer {method}.", _reading.Exception);
    }

    public void Dispose()
    {
        _end.Cancel();
        _socket.Dispose();
    }

    private async Task Read()
    {
        var buffer = new byte[1 << 16];
        while (true)
        {
            using var text = new MemoryStream();
            WebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer, _end.Token);
                text.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            Dispatch(JsonDocument.Parse(text.ToArray()).RootElement);
        }
    }

    private void Dispatch(JsonElement message)
    {
        if (!message.TryGetProperty("id", out JsonElement id))
            Happened?.Invoke(message.GetProperty("method").GetString()!, message.GetProperty("params"));
        else if (_waiting.TryRemove(id.GetInt32(), out TaskCompletionSource<JsonElement>? answer))
        {
            if (message.TryGetProperty("error", out JsonElement error))
                answer.SetException(new InvalidOperationException(error.ToString()));
            else
                answer.SetResult(message.GetProperty("result"));
        }
    }
}
