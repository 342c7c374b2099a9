// Asks the lab's supervisor over its socket.
import { request } from 'node:http';
import { LabFailure } from './failure.ts';
import { filesOf, nameFlag } from './state.ts';

export type Ask = <T>(path: string, fields?: Readonly<Record<string, string>>) => Promise<T>;

export function openSupervisor(lab: string): Ask {
  const { socket: socketPath } = filesOf(lab);
  return <T>(path: string, fields: Readonly<Record<string, string>> = {}) =>
    new Promise<T>((resolve, reject) => {
      const gone = () => {
        const remedy = `start it again with npm run lab -- up${nameFlag(lab)}`;
        reject(new LabFailure(`Cannot reach the supervisor of lab "${lab}": nobody listens, ${remedy}`));
      };
      const outgoing = request({ socketPath, path, method: 'POST' }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          const answer = JSON.parse(Buffer.concat(chunks).toString()) as T & { message: string };
          if (response.statusCode === 200) resolve(answer);
          else reject(new LabFailure(answer.message));
        });
      });
      outgoing.once('error', gone);
      outgoing.end(JSON.stringify(fields));
    });
}
