using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Compat.Tests.Data;

/// <summary>What an extension gets at from a catalog.</summary>
public class EnvironmentTests
{
    private const string Getter = "Microsoft.ML.Data.IInternalCatalog.get_Environment";

    [Fact]
    public void CatalogsGiveTheEnvironmentInsideTheContext()
    {
        var context = new MLContext(1);
        IHostEnvironment[] environments =
        [
            Environment(context.Data), Environment(context.Transforms), Environment(context.Transforms.Conversion), Environment(context.Model),
            Environment(context.MulticlassClassification), Environment(context.MulticlassClassification.Trainers),
            Environment(context.Regression.Trainers), Environment(context.BinaryClassification.Trainers),
        ];
        Assert.All(environments, e => Assert.Same(environments[0], e));
        // Not the context itself: what is public on that only cannot be had from a catalog.
        Assert.IsNotType<MLContext>(environments[0]);
    }

    [Fact]
    public void MessagesOfACatalogsEnvironmentReachTheContext()
    {
        var context = new MLContext(1);
        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.RawMessage);
        using (IChannel channel = Environment(context.Transforms).Register("H").Start("C"))
            channel.Info(MessageSensitivity.None, "hello");
        Assert.Contains("hello", messages);
    }

    [Fact]
    public void SeededContextsGiveEqualRandomNumbers()
    {
        int First(int? seed) => Environment(new MLContext(seed).Data).Register("H").Rand.Next();
        Assert.Equal(First(7), First(7));
        Assert.NotEqual(First(7), First(8));
    }

    [Fact]
    public void SettingsHaveTheRealDefaults()
    {
        var context = new MLContext();
        Assert.Null(context.GpuDeviceId);
        Assert.False(context.FallbackToCpu);
        context.GpuDeviceId = 2;
        Assert.Equal(2, context.GpuDeviceId);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    private static extern IHostEnvironment Environment(DataOperationsCatalog catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    private static extern IHostEnvironment Environment(TransformsCatalog catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    private static extern IHostEnvironment Environment(TransformsCatalog.ConversionTransforms catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    private static extern IHostEnvironment Environment(ModelOperationsCatalog catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    private static extern IHostEnvironment Environment(TrainCatalogBase catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    private static extern IHostEnvironment Environment(TrainCatalogBase.CatalogInstantiatorBase catalog);
}
