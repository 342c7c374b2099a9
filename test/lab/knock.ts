// Runs on the client: new connections at a steady rate, one line of JSON for each when it is over.
import { request } from 'node:http';

const [host = '', port = '80', every = '10', patience = '100'] = process.argv.slice(2);

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

let count = 0;

function knock(): void {
  const id = count++;
  const begin = now();
  const done = (answer: string) => console.log(JSON.stringify({ id, begin, end: now(), answer }));
  const signal = AbortSignal.timeout(Number(patience));
  const outgoing = request({ host, port, agent: false, signal }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('end', () => done(Buffer.concat(chunks).toString().trim()));
    response.once('error', () => done(''));
  });
  outgoing.once('error', () => done(''));
  outgoing.end();
}

setInterval(knock, Number(every));
