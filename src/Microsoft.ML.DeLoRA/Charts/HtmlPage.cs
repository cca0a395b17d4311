using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Microsoft.ML.DeLoRA.Charts;

/// <summary>A page in one file: no scripts, no other files; light or dark as the reader's system is.</summary>
internal static class HtmlPage
{
    // Colours after Okabe and Ito, darker in light and lighter in dark, so that each has a contrast of 3 : 1 at least to its background.
    private const string Style = """

        :root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --faint: #57606a; --grid: #dfe3e8;
          --s0: #0072b2; --s1: #c94f00; --s2: #007a5a; --s3: #a8478a; --s4: #8a6100; --s5: #2a6f97; --s6: #000; }
        @media (prefers-color-scheme: dark) { :root { --back: #14181d; --text: #e6e9ed; --faint: #a3adb8; --grid: #343b44;
          --s0: #56b4e9; --s1: #ff9443; --s2: #2fc89a; --s3: #e79cc9; --s4: #f0e442; --s5: #a9c7ff; --s6: #fff; } }
        body { background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin: 2.5rem 0 0.3rem; } p { margin: 0.3rem 0 0.8rem; }
        .faint, summary { color: var(--faint); }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--text); font-size: 13px; }
        svg .x, svg .axis { text-anchor: middle; } svg .y { text-anchor: end; } svg .axis { fill: var(--faint); }
        .grid { stroke: var(--grid); } .mark { stroke: var(--faint); stroke-dasharray: 5 4; }
        .line { fill: none; stroke: var(--c); stroke-width: 2; } .marker { fill: var(--c); stroke: var(--back); }
        .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); }
        .s5 { --c: var(--s5); } .s6 { --c: var(--s6); }
        .table { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0.5rem 0; }
        th, td { border-bottom: 1px solid var(--grid); padding: 0.2rem 0.9rem 0.2rem 0; text-align: right; font-weight: normal; }
        thead th { color: var(--faint); vertical-align: bottom; } th:first-child { text-align: left; } td { white-space: nowrap; }
        .words th { white-space: nowrap; vertical-align: top; } .words td { text-align: left; white-space: normal; }

        """;

    /// <summary>Writes a page; every text in it is escaped.</summary>
    public static string Write(string title, params object?[] body)
    {
        var page = new XElement("html", new XAttribute("lang", "en"),
            new XElement("head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                Html.Element("title", title),
                Html.Element("style", Style)),
            new XElement("body", Html.Element("h1", title), body));
        var text = new StringBuilder("<!DOCTYPE html>\n");
        // A text with a control character, which XML does not allow, must not stop the report.
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, CheckCharacters = false, NewLineHandling = NewLineHandling.None };
        using (var writer = XmlWriter.Create(text, settings))
            page.WriteTo(writer);
        return text.Append('\n').ToString();
    }
}
