using System.Xml.Linq;
using Microsoft.ML.DeLoRA.Experiments.Charts;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts;

public class HtmlPageTests
{
    [Fact]
    public void Texts_are_escaped()
    {
        const string hostile = "</title><script>alert(1)</script> & \"q\"";
        string page = HtmlPage.Write(hostile, Html.Table([hostile], [[hostile]]), Html.Element("p", "\u0001"));
        Assert.DoesNotContain("<script", page);
        Assert.Equal(4, page.Split("&lt;script&gt;").Length - 1);
    }

    [Fact]
    public void It_is_one_file_without_scripts_in_both_themes_and_without_empty_tags_that_HTML_does_not_know()
    {
        var chart =
            new LineChart("t", new ChartAxis("x", new LinearScale([1])), new ChartAxis("y", new LinearScale([1])), [new("A", [new(1, 1)])]);
        string page = HtmlPage.Write("t", Html.Figure(chart, ""), Html.Element("p"));
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", page);
        Assert.Contains("prefers-color-scheme: dark", page);
        XElement root = XDocument.Parse(page).Root!;
        Assert.DoesNotContain(root.Descendants().Attributes(), a => a.Name.LocalName is "src" or "href");
        Assert.Equal(["meta", "meta", "meta"],
            root.Descendants().Where(e => e.Name.Namespace == XNamespace.None && e.IsEmpty).Select(e => e.Name.LocalName));
        Assert.DoesNotContain("&gt;", root.Element("head")!.Element("style")!.ToString());
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(77, "77.00")]
    [InlineData(0.05, "0.05000")]
    [InlineData(1234.56, "1235")]
    [InlineData(-12345.6, "-12346")]
    [InlineData(2e-5, "2e-5")]
    public void Numbers_of_a_table_have_four_digits(double value, string text) => Assert.Equal(text, ChartNumber.Aligned(value));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.125, "0.125")]
    [InlineData(71.33333, "71.33")]
    [InlineData(6e-4, "0.0006")]
    [InlineData(2e-5, "2e-5")]
    [InlineData(12345.6, "12346")]
    [InlineData(-1.5e12, "-1.5e12")]
    public void Numbers_are_short(double value, string text) => Assert.Equal(text, ChartNumber.Format(value));
}
