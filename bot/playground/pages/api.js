// The page's only way to the stand-in workspace: JSON over /play and one event stream.

const WAIT_MS = 20000;

/** Answer of the stand-in that is not a success; `message` is a sentence a person can read. */
export class PlayError extends Error {
  constructor(code, message, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/play/${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(WAIT_MS),
      cache: "no-store",
    });
  } catch {
    throw new PlayError("unreachable", "The playground does not answer. Is it still running in your terminal?");
  }
  const data = await response.json().catch(() => null);
  if (response.ok && data !== null) return data;
  const sentence = data?.message ?? "That did not work. Please try again.";
  throw new PlayError(data?.error ?? `http_${response.status}`, sentence, response.status);
}

/** Fetch `/play/<path>` with the given query. */
export function get(path, query = {}) {
  const params = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== null && v !== undefined));
  const tail = params.toString();
  return call("GET", tail ? `${path}?${tail}` : path);
}

/** Send a JSON body to `/play/<path>`. */
export function post(path, body) {
  return call("POST", path, body);
}

/** Remove what lives at `/play/<path>`. */
export function remove(path) {
  return call("DELETE", path);
}

/** Keep an event stream open for one person; `onRev` gets each revision, `onLink` whether we are connected. */
export function listen(person, onRev, onLink) {
  let source = null;
  let timer = null;
  let stopped = false;
  const open = () => {
    source = new EventSource(`/play/events?as=${encodeURIComponent(person)}`);
    source.onopen = () => onLink(true);
    source.onmessage = (event) => {
      try { onRev(JSON.parse(event.data).rev); } catch { /* a line we do not know is no reason to stop */ }
    };
    source.onerror = () => {
      if (stopped) return;
      onLink(false);
      // The browser retries by itself, except after an HTTP error: then it gives up and we start again.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, 2000);
    };
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source.close();
  };
}
