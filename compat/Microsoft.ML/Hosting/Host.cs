namespace Microsoft.ML.Runtime;

/// <summary>A node in the tree of named environments; the root is the one inside an <see cref="MLContext"/>.</summary>
internal sealed class Host : IHost, IHostEnvironmentInternal
{
    private readonly Host _parent;
    private readonly Host _root;
    private readonly Action<ChannelMessage, string> _log;
    private readonly Lock _randomLock = new();
    private string _tempFilePath = Path.GetTempPath();
    private int? _gpuDeviceId;
    private bool _fallbackToCpu;

    /// <summary>The root; every message goes to <paramref name="log"/> with its source.</summary>
    public Host(int? seed, Action<ChannelMessage, string> log)
    {
        _root = this;
        _log = log;
        Seed = seed;
        ComponentCatalog = new ComponentCatalog();
        Rand = RandomUtils.Create(seed);
    }

    private Host(Host parent, string name, Random rand)
    {
        _parent = parent;
        _root = parent._root;
        _log = parent._log;
        Seed = parent.Seed;
        ComponentCatalog = parent.ComponentCatalog;
        Rand = rand;
        // Observed: a host is named after its grandparent, not after its parent.
        FullName = parent._parent?.FullName is { } above ? $"{above}; {name}" : name;
    }

    /// <summary>Null for the root.</summary>
    public string FullName { get; }

    public int? Seed { get; }

    public Random Rand { get; }

    public ComponentCatalog ComponentCatalog { get; }

    public string TempFilePath
    {
        get => _root._tempFilePath;
        set => _root._tempFilePath = value;
    }

    public int? GpuDeviceId
    {
        get => _root._gpuDeviceId;
        set => _root._gpuDeviceId = value;
    }

    public bool FallbackToCpu
    {
        get => _root._fallbackToCpu;
        set => _root._fallbackToCpu = value;
    }

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
        return new Channel(_log, FullName is null ? name : $"{FullName}; {name}");
    }

    public IPipe<TMessage> StartPipe<TMessage>(string name) =>
        typeof(TMessage) == typeof(ChannelMessage) ? (IPipe<TMessage>)Start(name) : new SilentPipe<TMessage>(this);

    public IProgressChannel StartProgressChannel(string name) => new SilentProgressChannel();
}
