// Tries to open a packet socket and prints why it could not.
import { openArpSocket } from '#speaker/packet-socket.ts';

try {
  openArpSocket({ name: 'lo', index: 1, mac: new Uint8Array(6) }, () => {});
} catch (error) {
  if (error instanceof Error && 'code' in error) process.stdout.write(`${error.code}: ${error.message}\n`);
}
process.exit();
