namespace Microsoft.ML.DeLoRA.Serving;

/// <summary>
/// Lets any number of threads use something at once, and frees it when it is closed and nobody uses it any more. A lock is held for the
/// counting alone, never during a use.
/// </summary>
/// <param name="free">Frees it; called once.</param>
/// <param name="closed">What those who come later are told.</param>
internal sealed class UseGate(Action free, Func<ObjectDisposedException> closed)
{
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _freed = new();
    // Threads within, by their number, and how often: a use may be within another one of the same thread.
    private readonly Dictionary<int, int> _uses = [];
    private bool _closed;

    /// <summary>Begins a use; disposing what it gives, on the same thread, ends it.</summary>
    /// <exception cref="ObjectDisposedException">The gate was closed.</exception>
    public Use Enter()
    {
        lock (_lock)
        {
            if (_closed)
                throw closed();
            int thread = Environment.CurrentManagedThreadId;
            _uses[thread] = _uses.GetValueOrDefault(thread) + 1;
            return new Use(this, thread);
        }
    }

    /// <summary>
    /// Lets nobody in any more and waits until the last use has ended and all is freed. Within a use of its own thread it does not wait,
    /// which would be for ever: then the last one who leaves frees.
    /// </summary>
    public void Close()
    {
        bool frees, within;
        lock (_lock)
        {
            frees = !_closed && _uses.Count == 0;
            _closed = true;
            within = _uses.ContainsKey(Environment.CurrentManagedThreadId);
        }
        if (frees)
            Free();
        else if (!within)
            _freed.Wait();
    }

    private void Leave(int thread)
    {
        bool frees;
        lock (_lock)
        {
            if (--_uses[thread] == 0)
                _uses.Remove(thread);
            frees = _closed && _uses.Count == 0;
        }
        if (frees)
            Free();
    }

    private void Free()
    {
        try
        {
            free();
        }
        finally
        {
            _freed.Set();
        }
    }

    /// <summary>One use.</summary>
    public readonly struct Use(UseGate gate, int thread) : IDisposable
    {
        /// <summary>Ends it.</summary>
        public void Dispose() => gate.Leave(thread);
    }
}
