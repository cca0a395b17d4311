namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>Where a browser put the parts of a page, and in which colours.</summary>
/// <param name="Width">Width of the window.</param>
/// <param name="ScrollWidth">Width of the page; above <paramref name="Width"/> when it must be scrolled.</param>
/// <param name="Background">The page's background.</param>
/// <param name="Charts">The charts.</param>
/// <param name="Texts">Every text that is shown.</param>
/// <param name="Elements">The names of all elements, each once.</param>
internal sealed record PageLayout(
    double Width, double ScrollWidth, string Background, PageChart[] Charts, PageText[] Texts, string[] Elements)
{
    /// <summary>The expression that measures a page; coordinates are of the whole page.</summary>
    public const string Measure = """
        (() => {
            const round = v => Math.round(v * 100) / 100;
            const box = e => { const r = e.getBoundingClientRect();
                return { left: round(r.left + scrollX), top: round(r.top + scrollY),
                    right: round(r.right + scrollX), bottom: round(r.bottom + scrollY) }; };
            const shown = e => e.checkVisibility();
            const back = e => { const c = getComputedStyle(e).backgroundColor;
                return c !== 'rgba(0, 0, 0, 0)' ? c : e.parentElement ? back(e.parentElement) : 'none'; };
            const label = e => ({ text: e.textContent, kind: e.getAttribute('class') ?? '', box: box(e) });
            const stroke = e => { const s = getComputedStyle(e); return { color: s.stroke, dashes: s.strokeDasharray }; };
            const shape = e => e.querySelector('.marker')?.getAttribute('d') ?? '';
            const texts = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            for (let node; node = walker.nextNode();) {
                const e = node.parentElement, style = getComputedStyle(e);
                if (node.data.trim() && shown(e) && e.localName !== 'title')
                    texts.push({ text: node.data, color: e instanceof SVGElement ? style.fill : style.color, background: back(e) });
            }
            const root = document.documentElement;
            return {
                width: innerWidth, scrollWidth: Math.max(root.scrollWidth, document.body.scrollWidth), background: back(document.body),
                texts,
                elements: [...new Set([...document.querySelectorAll('*')].map(e => e.localName))],
                charts: [...document.querySelectorAll('svg[role=img]')].map(svg => ({
                    title: svg.getAttribute('aria-label'), box: box(svg),
                    labels: [...svg.querySelectorAll('text')].filter(shown).map(label),
                    lines: [...svg.querySelectorAll('path.line')].map(e => ({ ...stroke(e), data: e.getAttribute('d'), box: box(e),
                        markers: e.parentElement.querySelectorAll('.marker').length, shape: shape(e.parentElement) })),
                    legend: [...svg.parentElement.querySelectorAll('.legend li')]
                        .map(e => ({ ...label(e), ...stroke(e.querySelector('path.line')), shape: shape(e) })),
                })),
            };
        })()
        """;
}

/// <summary>A box of the page, in pixels of the style sheet.</summary>
internal sealed record PageBox(double Left, double Top, double Right, double Bottom)
{
    /// <summary>True when they share more than a hair's breadth.</summary>
    public bool Overlaps(PageBox other)
        => Left < other.Right - 0.5 && other.Left < Right - 0.5 && Top < other.Bottom - 0.5 && other.Top < Bottom - 0.5;

    public bool Contains(PageBox other)
        => Left <= other.Left + 0.5 && Top <= other.Top + 0.5 && Right >= other.Right - 0.5 && Bottom >= other.Bottom - 0.5;
}

internal sealed record PageChart(string Title, PageBox Box, PageLabel[] Labels, PageLine[] Lines, PageLegend[] Legend);

internal sealed record PageLabel(string Text, string Kind, PageBox Box);

internal sealed record PageLine(string Color, string Dashes, string Data, PageBox Box, int Markers, string Shape);

internal sealed record PageLegend(string Text, PageBox Box, string Color, string Dashes, string Shape);

internal sealed record PageText(string Text, string Color, string Background);
