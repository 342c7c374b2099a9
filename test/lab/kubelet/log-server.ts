// What a kubelet serves the API server for `kubectl logs`. One server plays it for all nodes, at the control place, where the
// supervisor lives: the ExternalDNS address of a Node leads here.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { controlPlace, internalOf } from '../place.ts';
import { filesOf, type LabRecord } from '../state.ts';

/** Octets of a file; without `to` the process that writes them still may. */
export type LogPart = { readonly file: string; readonly from: number; readonly to?: number };
export type LogRequest = {
  readonly pod: string;
  readonly container: string;
  /** The process before the last restart. */
  readonly isPrevious: boolean;
};
export type LogSource = (wanted: LogRequest) => LogPart | undefined;

export const kubeletPort = 10_250;

export function openLogServer(record: LabRecord, source: LogSource): void {
  const { pki } = filesOf(record.name);
  // The API server verifies no kubelet here: its own certificate will do.
  const [cert, key] = ['apiserver.crt', 'apiserver.key'].map((file) => readFileSync(join(pki, file)));
  createServer({ cert, key }, (request, response) => answer(request, response, source)).listen(
    kubeletPort,
    internalOf(controlPlace(record)).ipv4,
  );
}

function answer({ url = '' }: IncomingMessage, response: ServerResponse, source: LogSource): void {
  const { pathname, searchParams } = new URL(url, 'https://kubelet');
  const [, what, namespace, name, container = ''] = pathname.split('/');
  const isPrevious = searchParams.get('previous') === 'true';
  const part = what === 'containerLogs' ? source({ pod: `${namespace}/${name}`, container, isPrevious }) : undefined;
  if (!part) {
    const message = `${isPrevious ? 'previous terminated ' : ''}container "${container}" in pod "${name}" not found`;
    response.writeHead(isPrevious ? 400 : 404).end(message);
    return;
  }
  const to = part.to ?? statSync(part.file).size;
  response.write(lastLines(readPart(part.file, part.from, to), searchParams.get('tailLines')));
  if (searchParams.get('follow') !== 'true' || isPrevious) response.end();
  else follow(part.file, to, response);
}

function readPart(file: string, from: number, to: number): string {
  const octets = Buffer.alloc(to - from);
  const handle = openSync(file, 'r');
  readSync(handle, octets, 0, octets.length, from);
  closeSync(handle);
  return octets.toString();
}

function lastLines(text: string, count: string | null): string {
  if (count === null) return text;
  const lines = text.split(/(?<=\n)/);
  return lines.slice(Math.max(0, lines.length - Number(count))).join('');
}

function follow(file: string, from: number, response: ServerResponse): void {
  const tail = spawn('tail', ['-c', `+${from + 1}`, '-f', file], { stdio: ['ignore', 'pipe', 'ignore'] });
  tail.stdout.pipe(response);
  response.once('close', () => tail.kill());
}
