using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The environment behind a catalog, which ML.NET shows to its own assemblies only.</summary>
internal static class CatalogEnvironment
{
    private const string Getter = "Microsoft.ML.Data.IInternalCatalog.get_Environment";

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    public static extern IHostEnvironment Environment(this TransformsCatalog catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    public static extern IHostEnvironment Environment(this ModelOperationsCatalog catalog);

    // The trainers' catalogs inherit it, and an accessor looks at the declaring class only.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    public static extern IHostEnvironment Environment(this TrainCatalogBase.CatalogInstantiatorBase catalog);
}
