/// How a report looks, on screens and on paper.
enum ReportStyle {
  static let css: HTML = """
    :root { color-scheme: light; }
    body { font: 15px/1.45 "DejaVu Sans", "Noto Sans", system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 1.8rem; border-bottom: 1px solid #999; } h3 { font-size: 1rem; }
    .answer { font-size: 1.25rem; font-weight: bold; padding: .8rem 1rem; border-left: .5rem solid #1d6b34; background: #eef6f0; }
    .answer.camera { border-color: #a3161a; background: #fbeeee; }
    .note { color: #444; }
    table { border-collapse: collapse; width: 100%; margin: .6rem 0; } th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #ccc; overflow-wrap: break-word; }
    .facts td, .files td { overflow-wrap: anywhere; } thead th { white-space: nowrap; } .custody th { white-space: normal; }
    .facts th { width: 12rem; font-weight: normal; color: #444; } .number { text-align: right; white-space: nowrap; } code, .hash { font-family: "DejaVu Sans Mono", monospace; font-size: .85em; overflow-wrap: anywhere; }
    .custody td { height: 2.4rem; border: 1px solid #999; } .custody th { border: 1px solid #999; } .custody th:nth-child(-n+2) { width: 15%; }
    figure { margin: .8rem 0; } svg { width: 100%; height: auto; }
    figcaption { font-size: .85rem; color: #444; }
    @page { size: A4; margin: 18mm 16mm 20mm; @bottom-right { content: "page " counter(page) " of " counter(pages); font-size: 8pt; } }
    @media print { body { margin: 0; max-width: none; font-size: 10pt; padding: 0; } h2 { break-after: avoid; } tr, figure { break-inside: avoid; } }
    """
}
