/// The page's only script: it loads the page again when something changed, and puts the new parts in place of the old ones. Without it,
/// everything works by hand.
public enum Script {
  public static let text = """
    (() => {
      "use strict";
      const body = document.body;
      const events = body.dataset.events;
      if (!("live" in body.dataset)) return;
      let busy = false, again = false, timer = 0;
      const isInUse = (element) => element.contains(document.activeElement) && document.activeElement !== document.body
        || element.querySelector(".actions details[open]") !== null;
      const replaceList = (old, fresh) => {
        const known = new Map([...old.children].map((child) => [child.dataset.key, child]));
        const next = [...fresh.children].map((child) => {
          const former = known.get(child.dataset.key);
          if (former && (isInUse(former) || former.isEqualNode(child))) return former;
          if (former) for (const open of former.querySelectorAll("details[open][data-part]")) {
            child.querySelector(`details[data-part="${open.dataset.part}"]`)?.setAttribute("open", "");
          }
          if (!former || former.isEqualNode(child)) return former ?? child;
          for (const { name, value } of child.attributes) former.setAttribute(name, value);
          former.replaceChildren(...child.childNodes);
          return former;
        });
        for (const [key, child] of known) if (!next.includes(child) && isInUse(child)) next.push(child);
        if (next.length !== old.children.length || next.some((child, index) => child !== old.children[index])) old.replaceChildren(...next);
      };
      const refresh = async () => {
        if (busy) { again = true; return; }
        busy = true;
        try {
          const response = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
          if (response.redirected) { location.reload(); return; }
          if (!response.ok) return;
          const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
          const [old, answer] = [document.getElementById("answer"), fresh.getElementById("answer")];
          if (old && answer) {
            old.dataset.state = answer.dataset.state;
            if (old.textContent !== answer.textContent) old.textContent = answer.textContent;
          }
          for (const part of fresh.querySelectorAll("[data-list]")) {
            const present = document.querySelector(`[data-list="${part.dataset.list}"]`);
            if (present) replaceList(present, part);
          }
          document.title = fresh.title;
        } catch { /* The box does not answer: the next attempt follows. */ } finally {
          busy = false;
          if (again) { again = false; soon(); }
        }
      };
      const soon = () => { clearTimeout(timer); timer = setTimeout(refresh, 150); };
      let poll = 0;
      const startPolling = (seconds) => { if (!poll) poll = setInterval(refresh, seconds * 1000); };
      if (!events || !window.EventSource) { startPolling(5); return; }
      const source = new EventSource(events);
      for (const kind of ["alert", "case", "coverage", "device"]) source.addEventListener(kind, soon);
      source.addEventListener("open", () => { clearInterval(poll); poll = 0; });
      source.addEventListener("error", () => startPolling(10));
      setInterval(refresh, 60000);
    })();

    """
}
