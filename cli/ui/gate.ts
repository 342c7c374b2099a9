// Who may read the page: a browser on this machine that was given the address, and no page of another site through it. Pure.
import { timingSafeEqual } from 'node:crypto';

export type Asked = {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
};

export type Place = {
  /** `127.0.0.1:PORT`: another name that leads here is DNS rebinding. */
  readonly host: string;
  /** Made anew at every start; the first segment of every path. */
  readonly key: string;
};

/** `name` is what is asked for below the key. */
export type Admission = { readonly ok: true; readonly name: string } | { readonly ok: false; readonly status: number };

export function admit({ method, url = '', host, origin }: Asked, place: Place): Admission {
  if (host !== place.host) return { ok: false, status: 421 };
  if (origin !== undefined && origin !== `http://${place.host}`) return { ok: false, status: 403 };
  if (method !== 'GET') return { ok: false, status: 405 };
  const [, key = '', name] = /^\/([^/?]*)\/([^?]*)/.exec(url) ?? [];
  if (name === undefined || !isSame(key, place.key)) return { ok: false, status: 404 };
  return { ok: true, name };
}

/** Takes as long for a key that is nearly right. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
