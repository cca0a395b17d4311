using System.Xml.Linq;

namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>Elements of a page. Texts are escaped when the page is written.</summary>
internal static class Html
{
    /// <summary>An element; content as for <see cref="XElement"/>. It is never written as an empty tag, which HTML does not know.</summary>
    public static XElement Element(string name, params object?[] content) => new(name, "", content);

    /// <summary>A heading, a chart with its legend and its numbers, which a reader may fold away.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="note">What a reader should know to read it.</param>
    /// <param name="every">See <see cref="LineChart.ToTable"/>.</param>
    public static XElement Figure(LineChart chart, string note, int every = 1)
        => Element("section", Element("h2", chart.Title), Element("p", note), chart.ToLegend(), chart.ToSvg(),
            new XElement("details", new XAttribute("open", "open"), Element("summary", "Numbers"), chart.ToTable(every)));

    /// <summary>A table with a first line of names; the first column is names, the others are numbers.</summary>
    public static XElement Table(IEnumerable<string> header, IEnumerable<IReadOnlyList<string>> rows)
        => new("div", new XAttribute("class", "table"), new XElement("table",
            new XElement("thead", new XElement("tr", header.Select(h => Element("th", h)))),
            Element("tbody", rows.Select(r => new XElement("tr", Element("th", r[0]), r.Skip(1).Select(c => Element("td", c)))))));
}
