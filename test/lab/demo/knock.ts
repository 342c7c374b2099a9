// Runs on the client: a new connection every 10 ms, one line of JSON for each when it is over.
import { request } from 'node:http';

const [host = '', port = '80'] = process.argv.slice(2);
const everyMs = 10;
const patienceMs = 100;

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function knock(): void {
  const begin = now();
  const done = (answer: string) => console.log(JSON.stringify({ begin, end: now(), answer }));
  const outgoing = request({ host, port, agent: false, signal: AbortSignal.timeout(patienceMs) }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('end', () => done(Buffer.concat(chunks).toString().trim()));
    response.once('error', () => undefined);
  });
  outgoing.once('error', () => done(''));
  outgoing.end();
}

setInterval(knock, everyMs);
