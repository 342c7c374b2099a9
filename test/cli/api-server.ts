// As much of an API server as a command reads, on a real socket: answers by path, which a test may change between two looks.
import { openApiSocket } from '#test/platform/api-socket.ts';

export const HANG_UP = 'hang up';

/** What the server says: a body with 200, a failure by its code, or nothing but the end of the connection. */
export type Answer = object | string | number;

/** `answerTo` gets the path without its query. */
export async function openApiServer(answerTo: (path: string, query: URLSearchParams) => Answer) {
  return await openApiSocket((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const answer = answerTo(pathname, searchParams);
    if (answer === HANG_UP) request.socket.destroy();
    else if (typeof answer === 'number') response.writeHead(answer).end(JSON.stringify({ message: 'not today' }));
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
}
