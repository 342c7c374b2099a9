// A thread with an open packet socket and an open link monitor, ended from outside.
import { parentPort } from 'node:worker_threads';
import { openLinkMonitor } from '#speaker/links.ts';
import { openArpSocket } from '#speaker/packet-socket.ts';

openArpSocket({ name: 'lo', index: 1, mac: new Uint8Array(6) }, () => {});
openLinkMonitor(() => {});
parentPort?.postMessage('open');
