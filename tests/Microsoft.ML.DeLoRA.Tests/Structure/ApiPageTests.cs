namespace Microsoft.ML.DeLoRA.Tests.Structure;

/// <summary>docs/api.md is the public API as it is. After a change of it: <c>dotnet Microsoft.ML.DeLoRA.Tests.dll api</c>.</summary>
public class ApiPageTests
{
    [Fact]
    public void The_page_is_the_api() => Assert.Equal(ApiPage.Write().Split('\n'), File.ReadAllText(ApiPage.Path).Split('\n'));

    [Fact]
    public void Everything_public_says_what_it_is_for()
        => Assert.DoesNotContain(ApiPage.Write().Split('\n'), line => line == "// ");
}
