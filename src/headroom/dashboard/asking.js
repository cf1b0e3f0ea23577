// Asking the proxy, with the operator's token where its user has given one.

const NAME = 'headroom-token';

/** The token: kept for this tab only, and never in an address. */
export const token = {
  get: () => { try { return sessionStorage.getItem(NAME) ?? ''; } catch { return ''; } },
  set: (value) => { try { sessionStorage.setItem(NAME, value); } catch { /* then for this once */ } },
  drop: () => { try { sessionStorage.removeItem(NAME); } catch { /* nothing was kept */ } },
};

/** Take a token out of `#token=…`, where `headroom dashboard` has put it. */
export function takeToken() {
  const found = new URLSearchParams(location.hash.slice(1)).get('token');
  if (found === null) return;
  if (found) token.set(found);
  history.replaceState(null, '', location.pathname + location.search);
}

/** The answer, whatever its status; raises Error where there is none. */
export function get(path) {
  const held = token.get();
  return fetch(path, { headers: held ? { 'x-headroom-api-key': held } : {}, cache: 'no-store' });
}

/** What is told at *path*; raises Error with what the proxy says where it tells nothing. */
export async function told(path) {
  const answer = await get(path);
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({}));
  throw new Error(said.detail ?? said.error?.message ?? `the proxy answered ${answer.status}`);
}

/** Save what stands at *path*, byte for byte, under the name that it is given there. */
export async function download(path, otherwise) {
  const answer = await get(path);
  if (!answer.ok) throw new Error(`the proxy answered ${answer.status}`);
  const named = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = named ? named[1] : otherwise;
  link.click();
  URL.revokeObjectURL(link.href);
}
