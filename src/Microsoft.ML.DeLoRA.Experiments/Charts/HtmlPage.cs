using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>A page in one file: no scripts, no other files; light or dark as the reader's system is.</summary>
internal static class HtmlPage
{
    // Nothing but the style sheet: a name from a result file can load and run nothing even if its escaping failed.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'";

    // Each colour of a series has a contrast of 3 : 1 at least to its background, and any two differ by 25 at least (CIE 1976), for readers
    // who see no red, no green or no blue too. The font of charts: see ChartText.
    private const string Style = """

        :root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --faint: #57606a; --grid: #dfe3e8;
          --s0: #0029dd; --s1: #e55b18; --s2: #17704c; --s3: #ba3295; --s4: #750200; --s5: #2696ff; --s6: #000; }
        @media (prefers-color-scheme: dark) { :root { --back: #14181d; --text: #e6e9ed; --faint: #a3adb8; --grid: #343b44;
          --s0: #7eb1ff; --s1: #d87f43; --s2: #41f6a1; --s3: #c487ae; --s4: #edda1c; --s5: #9c61ff; --s6: #fff; } }
        body { background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
          max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin: 2.5rem 0 0.3rem; } p { margin: 0.3rem 0 0.8rem; }
        .faint, summary { color: var(--faint); }
        .legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.3rem; list-style: none; padding: 0; margin: 0 0 0.6rem; }
        .legend li { display: flex; align-items: center; gap: 0.4rem; } .legend svg { flex: none; } .legend span { min-width: 0; }
        .chart { display: block; width: 100%; height: auto; }
        .chart text { fill: var(--text); font-size: clamp(11px, 28.7px - 1.976vw, 21px); }
        .x, .x-axis { text-anchor: middle; } .y { text-anchor: end; } .chart .x-axis, .chart .y-axis { fill: var(--faint); }
        .chart path, .legend path { vector-effect: non-scaling-stroke; }
        .grid { stroke: var(--grid); } .mark { stroke: var(--faint); stroke-dasharray: 5 4; }
        .spread { stroke: var(--c); } .line { fill: none; stroke: var(--c); stroke-width: 2; }
        .marker { fill: var(--c); stroke: var(--back); }
        .dashed .line { stroke-dasharray: 7 3; } .dotted .line { stroke-dasharray: 2 2; }
        .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); }
        .s5 { --c: var(--s5); } .s6 { --c: var(--s6); }
        @media (max-width: 56rem) { .wide { display: none; } }
        @media (max-width: 40rem) { .chart .marker { transform: scale(1.5); } }
        .table { overflow-x: auto; overflow-wrap: normal; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0.5rem 0; }
        th, td { border-bottom: 1px solid var(--grid); padding: 0.2rem 0.9rem 0.2rem 0; text-align: right; font-weight: normal; }
        thead th { color: var(--faint); vertical-align: bottom; } th:first-child { text-align: left; } td { white-space: nowrap; }
        .words th { white-space: nowrap; vertical-align: top; }
        .words td { text-align: left; white-space: normal; overflow-wrap: anywhere; }

        """;

    /// <summary>Writes a page; every text in it is escaped.</summary>
    public static string Write(string title, params object?[] body)
    {
        var page = new XElement("html", new XAttribute("lang", "en"),
            new XElement("head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("http-equiv", "Content-Security-Policy"), new XAttribute("content", Policy)),
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
