// The backend of the lab's Services: answers every request with the name of its node.
import { createServer } from 'node:http';

const node = process.env['NODE_NAME'] ?? '';
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' }).end(`${node}\n`);
});
server.listen(8080, '::');
process.once('SIGTERM', () => process.exit(0));
