using System.Reflection;
using DeLoRA.TestSupport;

namespace Compat.Tests.Api;

/// <summary>The stand-ins show nothing that the real packages do not have, so what compiles against them compiles against those.</summary>
public class ApiTests
{
    [SharedTheory("api")]
    [InlineData("TorchSharp")]
    [InlineData("Microsoft.ML")]
    [InlineData("Microsoft.ML.Tokenizers")]
    public void Public_members_are_those_of_the_real_package(string name)
    {
        Assembly assembly = Assembly.Load(name);
        if (!assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Any(data => data.Key == "CompatStandIn"))
            return; // the real package itself

        List<string> differences = ApiList.For(assembly).Differences(assembly);
        string report = $"{name}: {differences.Count} differences from ../shared/api\n{string.Join("\n", differences)}";
        Assert.True(differences.Count == 0, report);
    }
}
