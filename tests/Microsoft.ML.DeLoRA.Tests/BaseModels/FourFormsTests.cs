using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;

namespace Microsoft.ML.DeLoRA.Tests.BaseModels;

public class FourFormsTests
{
    [Fact]
    public void Forms_are_with_and_without_blank_and_capital() => Assert.Equal([" bill", " Bill", "Bill", "bill"], FourForms.Of("Bill"));

    [Fact]
    public void Shares_are_by_form_and_of_all_four()
    {
        HashSet<string> tokens = [" bill", " Bill", "Bill", "bill", " pay", "pay"];

        Assert.Equal([1, 0.5, 0.5, 1, 0.5], FourForms.Shares(["bill", "pay"], tokens.Contains));
    }
}
