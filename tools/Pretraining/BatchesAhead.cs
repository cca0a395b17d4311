namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>
/// Makes the batches of the coming steps on other threads while the device computes, and hands them out in the order of the steps. A batch
/// must follow from its step's number alone: several are in the making at once.
/// </summary>
/// <remarks>Used by one thread.</remarks>
internal sealed class BatchesAhead<T> : IDisposable
    where T : IDisposable
{
    // As many as hide a GPU's copies: each waits for the work that was queued there before it.
    private const int Ahead = 8;

    private readonly Queue<Task<T>> _coming = new();
    private readonly Func<int, T> _make;
    private readonly int _end;
    private int _next;

    /// <param name="make">The batch of a step.</param>
    /// <param name="first">The first step.</param>
    /// <param name="end">The step after the last.</param>
    public BatchesAhead(Func<int, T> make, int first, int end)
    {
        (_make, _next, _end) = (make, first, end);
        while (_coming.Count < Ahead && _next < _end)
            Start();
    }

    /// <summary>The next step's batch; waits for it. The caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">
    /// There is none after the last. A batch that cannot be made throws what its making threw.
    /// </exception>
    public T Next()
    {
        if (_coming.Count == 0)
            throw new InvalidOperationException($"There is no batch after step {_end - 1}.");
        T batch = _coming.Dequeue().GetAwaiter().GetResult();
        if (_next < _end)
            Start();
        return batch;
    }

    /// <summary>Waits for the batches in the making and frees those that nobody took.</summary>
    public void Dispose()
    {
        foreach (Task<T> task in _coming)
        {
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
            if (task.IsCompletedSuccessfully)
                task.Result.Dispose();
        }
        _coming.Clear();
    }

    private void Start()
    {
        int step = _next++;
        _coming.Enqueue(Task.Run(() => _make(step)));
    }
}
