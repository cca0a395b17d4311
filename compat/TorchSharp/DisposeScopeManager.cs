namespace TorchSharp;

/// <summary>The stack of dispose scopes of each thread.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? s_current;

    private readonly List<DisposeScope> _scopes = [];

    private static DisposeScopeManager Current => s_current ??= new();

    public static ThreadDisposeScopeStatistics Statistics => Current.Counts;

    internal ThreadDisposeScopeStatistics Counts { get; } = new();

    internal static DisposeScope? CurrentScope => Current._scopes is [.., var innermost] ? innermost : null;

    internal static DisposeScope NewScope()
    {
        DisposeScopeManager manager = Current;
        var scope = new DisposeScope(manager, manager._scopes is [.., var outer] ? outer : null);
        manager._scopes.Add(scope);
        return scope;
    }

    internal void Remove(DisposeScope scope) => _scopes.Remove(scope);

    /// <summary>Puts a new disposable under the innermost scope, if there is one.</summary>
    internal static DisposeScope? Register(IDisposable disposable)
    {
        DisposeScopeManager manager = Current;
        if (manager._scopes is not [.., var innermost])
        {
            manager.Counts.CreatedOutsideScopeCount++;
            return null;
        }
        manager.Counts.CreatedInScopeCount++;
        innermost.Add(disposable);
        return innermost;
    }
}
