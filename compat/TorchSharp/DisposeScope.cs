namespace TorchSharp;

/// <summary>Owns the tensors created while it is the innermost scope of its thread, and disposes them with itself.</summary>
public sealed class DisposeScope : IDisposable
{
    private readonly HashSet<IDisposable> _disposables = new(ReferenceEqualityComparer.Instance);
    private readonly DisposeScope? _outer;
    private readonly DisposeScopeManager _manager;

    internal DisposeScope(DisposeScopeManager manager, DisposeScope? outer) => (_manager, _outer) = (manager, outer);

    public int DisposablesCount => _disposables.Count;

    public IReadOnlyList<IDisposable> DisposablesView => [.. _disposables];

    public bool Contains(IDisposable disposable) => _disposables.Contains(disposable);

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveTo(_outer, disposable);

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables)
            MoveTo(_outer, disposable);
    }

    public T MoveToOther<T>(DisposeScope scope, T disposable) where T : IDisposable => MoveTo(scope, disposable);

    public void MoveToOther(DisposeScope scope, params IDisposable[] disposables) =>
        MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope scope, IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables)
            MoveTo(scope, disposable);
    }

    public T Detach<T>(T disposable) where T : IDisposable => MoveTo(null, disposable);

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables)
            MoveTo(null, disposable);
    }

    public void Attach(IDisposable disposable)
    {
        if (disposable is torch.Tensor { OwningScope: { } owner })
        {
            owner.MoveTo(this, disposable);
            return;
        }
        if (_disposables.Contains(disposable))
            return;
        _manager.Counts.DetachedFromScopeCount--;
        Add(disposable);
        SetOwner(disposable, this);
    }

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        IDisposable[] attached = [.. disposables];
        foreach (IDisposable disposable in attached)
            Attach(disposable);
        return attached;
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var kept = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        IDisposable[] doomed = [.. _disposables.Where(disposable => !kept.Contains(disposable))];
        foreach (IDisposable disposable in doomed)
        {
            MarkAsDisposed(disposable);
            disposable.Dispose();
        }
    }

    /// <summary>Forgets a disposable that was disposed by itself.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        if (!_disposables.Remove(disposable))
            return;
        _manager.Counts.DisposedInScopeCount++;
        SetOwner(disposable, null);
    }

    public void Dispose()
    {
        DisposeEverything();
        _manager.Remove(this);
    }

    internal void Add(IDisposable disposable) => _disposables.Add(disposable);

    private T MoveTo<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (!_disposables.Remove(disposable))
            return disposable;
        if (scope is null)
            _manager.Counts.DetachedFromScopeCount++;
        else
            scope.Add(disposable);
        SetOwner(disposable, scope);
        return disposable;
    }

    private static void SetOwner(IDisposable disposable, DisposeScope? scope)
    {
        if (disposable is torch.Tensor tensor)
            tensor.OwningScope = scope;
    }
}
