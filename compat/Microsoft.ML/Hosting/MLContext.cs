namespace Microsoft.ML;

/// <summary>The starting point: catalogs, seed, log. Its catalogs share the environment inside it, and do not know the context itself.</summary>
public sealed class MLContext : IHostEnvironmentInternal
{
    private readonly Host _root;

    public MLContext(int? seed = null)
    {
        _root = new Host(seed, RaiseLog);
        Data = new DataOperationsCatalog(_root);
        Transforms = new TransformsCatalog(_root);
        Model = new ModelOperationsCatalog(_root);
        BinaryClassification = new BinaryClassificationCatalog(_root);
        MulticlassClassification = new MulticlassClassificationCatalog(_root);
        Regression = new RegressionCatalog(_root);
    }

    public event EventHandler<LoggingEventArgs> Log;

    public DataOperationsCatalog Data { get; }

    public TransformsCatalog Transforms { get; }

    public ModelOperationsCatalog Model { get; }

    public BinaryClassificationCatalog BinaryClassification { get; }

    public MulticlassClassificationCatalog MulticlassClassification { get; }

    public RegressionCatalog Regression { get; }

    public ComponentCatalog ComponentCatalog => _root.ComponentCatalog;

    public string TempFilePath
    {
        get => _root.TempFilePath;
        set => _root.TempFilePath = value;
    }

    public int? GpuDeviceId
    {
        get => _root.GpuDeviceId;
        set => _root.GpuDeviceId = value;
    }

    public bool FallbackToCpu
    {
        get => _root.FallbackToCpu;
        set => _root.FallbackToCpu = value;
    }

    int? IHostEnvironmentInternal.Seed => _root.Seed;

    string IExceptionContext.ContextDescription => _root.ContextDescription;

    TException IExceptionContext.Process<TException>(TException ex) => _root.Process(ex);

    IHost IHostEnvironment.Register(string name, int? seed, bool? verbose) => _root.Register(name, seed, verbose);

    IChannel IChannelProvider.Start(string name) => _root.Start(name);

    IPipe<TMessage> IChannelProvider.StartPipe<TMessage>(string name) => _root.StartPipe<TMessage>(name);

    IProgressChannel IProgressChannelProvider.StartProgressChannel(string name) => _root.StartProgressChannel(name);

    private void RaiseLog(ChannelMessage message, string source) =>
        Log?.Invoke(this, new LoggingEventArgs(message.Message, message.Kind, source));
}
