import Crypto
import Foundation

/// How the page looks. It stands in every page, so that browsers need nothing else; the policy in the headers allows exactly this text.
public enum Style {
  public static let hash = "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()

  public static let text = """
    :root{color-scheme:light dark;--back:#f4f6f8;--card:#fff;--text:#16212b;--soft:#4b5a67;--line:#c9d2da;--link:#0b5394;
    --good:#0d6b3f;--goodback:#e2f4ea;--bad:#a31621;--badback:#fdeaea;--warn:#7a4b00;--warnback:#fff3d9}
    @media(prefers-color-scheme:dark){:root{--back:#12181d;--card:#1c252d;--text:#e9eef2;--soft:#b3bfc9;--line:#3b4853;--link:#8ec5ff;
    --good:#7fe0ac;--goodback:#12332a;--bad:#ffb3b3;--badback:#3d1a1e;--warn:#ffd58a;--warnback:#382b12}}
    *{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
    a{color:var(--link)}header{background:var(--card);border-bottom:1px solid var(--line);padding:.5rem 1rem}
    header .in,main,footer{max-width:64rem;margin:0 auto}header .in{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:center}
    main{padding:1rem}.brand{font-weight:700;margin-right:auto;overflow-wrap:anywhere}
    nav{display:flex;flex-wrap:wrap;gap:.2rem .4rem;flex-basis:100%}nav a{padding:.3rem .5rem;border-radius:.4rem;text-decoration:none}
    nav a[aria-current]{background:var(--text);color:var(--card)}
    .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem}
    h1{font-size:1.5rem;line-height:1.3;margin:0 0 .8rem}h2{font-size:1.15rem;margin:1.5rem 0 .6rem}h3{font-size:1.2rem;margin:0}
    #answer{margin:0 0 1.2rem;padding:1.2rem;border-radius:.8rem;border-left:.6rem solid;font-weight:600;overflow-wrap:anywhere}
    [data-state=clear]{background:var(--goodback);color:var(--good)}[data-state=cameras],[data-state=not-watching]{background:var(--badback);color:var(--bad)}
    [data-state=blind]{background:var(--warnback);color:var(--warn)}
    .card{background:var(--card);border:1px solid var(--line);border-left:.6rem solid var(--bad);border-radius:.8rem;padding:1rem 1.2rem;
    margin:0 0 1rem;overflow-wrap:anywhere}.card.blind{border-left-color:var(--warn)}.card.settled{border-left-color:var(--line)}
    .card h2{margin:0}.card p{margin:.35rem 0}.facts{color:var(--soft)}.tag{display:inline-block;border:1px solid;border-radius:1rem;padding:0 .6rem;font-size:.85rem}
    .bad{color:var(--bad)}.warn{color:var(--warn)}.good{color:var(--good)}
    ul.plain{list-style:none;margin:.3rem 0;padding:0}ul.plain li{padding:.15rem 0;border-top:1px solid var(--line)}
    .actions{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.8rem;align-items:flex-start}
    .actions>details[open]{flex-basis:100%}
    button,.button,.actions summary{font:inherit;font-weight:600;background:var(--card);color:var(--link);border:2px solid var(--link);border-radius:.5rem;
    padding:.45rem .9rem;cursor:pointer;text-decoration:none;display:inline-block;min-height:2.75rem}
    .actions summary{list-style:none}.actions summary::-webkit-details-marker{display:none}
    button.main{background:var(--link);color:var(--card)}
    :focus-visible{outline:3px solid var(--link);outline-offset:2px}
    form.stack{display:grid;gap:.6rem;max-width:32rem;margin:.8rem 0}label{display:block;font-weight:600}
    input,textarea,select{font:inherit;font-weight:400;width:100%;padding:.5rem;border:1px solid var(--soft);border-radius:.4rem;background:var(--back);color:var(--text)}
    form.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end;margin:0 0 1rem}form.row label{flex:1 1 9rem}
    .scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .7rem;border-top:1px solid var(--line);vertical-align:top}
    thead th{border-top:0;color:var(--soft)}td.one{white-space:nowrap}td.id{font-family:ui-monospace,monospace;font-size:.85rem}
    figure{margin:.5rem 0}svg.traffic{width:100%;max-width:36rem;height:4.5rem;display:block}
    svg .up{fill:var(--bad)}svg .down{fill:var(--link)}svg .zero{stroke:var(--soft)}
    .grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.5rem}
    .grid a{display:block;background:var(--card);border:1px solid var(--line);border-left:.4rem solid var(--good);border-radius:.5rem;padding:.5rem;
    color:var(--text);text-decoration:none;overflow-wrap:anywhere}.grid a.blind{border-left-color:var(--warn)}.grid a.found{border-left-color:var(--bad)}
    footer{color:var(--soft);padding:1rem;font-size:.9rem}code{overflow-wrap:anywhere}
    .wall h2{font-size:inherit;margin:0}.wall h1{font-size:clamp(1.8rem,4vw,4rem)}.wall .card{font-size:clamp(1.2rem,2vw,2rem)}.wall main{max-width:none}

    """
}
