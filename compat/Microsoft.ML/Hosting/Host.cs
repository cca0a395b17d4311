namespace Microsoft.ML.Runtime;

/// <summary>A node in the tree of named environments; the root is the one behind an <see cref="MLContext"/>.</summary>
internal sealed class Host : IHost
{
    private readonly Host _parent;
    private readonly MLContext _context;
    private readonly Lock _randomLock = new();

    /// <summary>The root.</summary>
    public Host(MLContext context, int? seed)
    {
        _context = context;
        Seed = seed;
        Rand = RandomUtils.Create(seed);
    }

    private Host(Host parent, string name, Random rand)
    {
        _parent = parent;
        _context = parent._context;
        Seed = parent.Seed;
        Rand = rand;
        // Observed: a host is named after its grandparent, not after its parent.
        FullName = parent._parent?.FullName is { } above ? $"{above}; {name}" : name;
    }

    /// <summary>Null for the root.</summary>
    public string FullName { get; }

    public int? Seed { get; }

    public Random Rand { get; }

    public ComponentCatalog ComponentCatalog => _context.ComponentCatalog;

    public MLContext Context => _context;

    public string ContextDescription => FullName ?? "HostEnvironment";

    public TException Process<TException>(TException ex) where TException : Exception => ex;

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        if (seed.HasValue)
            return new Host(this, name, RandomUtils.Create(seed));
        lock (_randomLock)
            return new Host(this, name, RandomUtils.Create(Rand));
    }

    public IChannel Start(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new Channel(this, FullName is null ? name : $"{FullName}; {name}");
    }

    public IPipe<TMessage> StartPipe<TMessage>(string name) =>
        typeof(TMessage) == typeof(ChannelMessage) ? (IPipe<TMessage>)Start(name) : new SilentPipe<TMessage>(this);

    public IProgressChannel StartProgressChannel(string name) => new SilentProgressChannel();
}
