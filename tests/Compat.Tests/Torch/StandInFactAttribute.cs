using System.Reflection;
using TorchSharp;

namespace Compat.Tests.Torch;

/// <summary>A promise of the stand-in that the real package does not make: some of its natives end the process on a wrong shape.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StandInFactAttribute : FactAttribute
{
    public StandInFactAttribute()
    {
        if (!typeof(torch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Any(data => data.Key == "CompatStandIn"))
            Skip = "holds for the stand-in of TorchSharp only";
    }
}
