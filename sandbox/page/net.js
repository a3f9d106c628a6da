/** The page's own JSON API. Nobody else on this page talks to the server. */

const base = new URL("../ui/", import.meta.url);

export const TROUBLE = "We had some trouble connecting. Try again?";

let pending = 0;

function count(step) {
  pending += step;
  document.body.dataset.pending = String(pending);
}

async function answer(request) {
  count(1);
  try {
    const response = await request();
    return await response.json();
  } catch {
    return { ok: false, error: TROUBLE };
  } finally {
    count(-1);
  }
}

/** Shape: the server's JSON, or `{ok: false, error}` when it cannot be reached. */
export function get(path, query = {}) {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return answer(() => fetch(url, { cache: "no-store" }));
}

/** Shape: the server's JSON, or `{ok: false, error}` when it cannot be reached. */
export function post(path, body) {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return answer(() => fetch(new URL(path, base), options));
}

/** Calls `changed(rev)` whenever something changed for this person; returns a function that stops it. */
export function listen(person, changed) {
  const url = new URL("events", base);
  url.searchParams.set("as", person);
  const source = new EventSource(url);
  source.addEventListener("message", (event) => changed(JSON.parse(event.data).rev));
  return () => source.close();
}
