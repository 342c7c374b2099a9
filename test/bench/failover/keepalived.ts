// The reference: keepalived from the Debian package, two machines on the same LAN, adverts every 100 ms, power cut the same way.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Wire } from '#test/chaos/wire.ts';
import { addGuest, type Guest } from '#test/lab/guest.ts';
import type { Lab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';

const ADDRESS = '192.168.1.230';
const ADVERT_MS = 100;
const SETTLED_MS = 1_000;
const PATIENCE = { every: 10, within: 30_000 };
type Router = { readonly name: string; readonly host: number; readonly priority: number };
const MASTER: Router = { name: 'vrrp1', host: 121, priority: 200 };
const BACKUP: Router = { name: 'vrrp2', host: 122, priority: 100 };

/** From just before each power cut of the master to the backup's first frame; ms. */
export async function measureKeepalived(lab: Lab, wire: Wire, runs: number): Promise<number[]> {
  const backup = await startRouter(lab, BACKUP);
  const samples: number[] = [];
  try {
    for (let i = 0; i < runs; i++) {
      wire.forget();
      const master = await startRouter(lab, MASTER);
      await untilClaimed(wire, master, 0);
      // The backup has to have heard adverts, and the cut to fall anywhere between two of them.
      await delay(SETTLED_MS + Math.random() * ADVERT_MS);
      const { monotonicMs } = await master.powerOff();
      samples.push((await untilClaimed(wire, backup, monotonicMs)) - monotonicMs);
    }
  } finally {
    await backup.remove();
  }
  return samples;
}

async function startRouter(lab: Lab, { name, host, priority }: Router): Promise<Guest> {
  const guest = await addGuest(lab.name, name, host);
  const file = (extension: string) => join(lab.files.folder, `${name}.${extension}`);
  writeFileSync(file('conf'), configuration(priority));
  // One that was killed left these, and the next would take it for alive.
  for (const left of ['pid', 'vrrp.pid']) rmSync(file(left), { force: true });
  const files = ['--use-file', file('conf'), '--pid', file('pid'), '--vrrp_pid', file('vrrp.pid')];
  guest.start(['keepalived', '--dont-fork', '--log-console', '--vrrp', ...files]);
  return guest;
}

function configuration(priority: number): string {
  return `global_defs {
  vrrp_version 3
}
vrrp_instance bench {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int ${ADVERT_MS / 1_000}
  virtual_ipaddress {
    ${ADDRESS}
  }
}
`;
}

/** When the machine first claimed the address after `since`. */
async function untilClaimed(wire: Wire, { place }: Guest, since: number): Promise<number> {
  const find = () =>
    wire.frames.find(({ at, ip, mac, kind }) => {
      return kind === 'claim' && ip === ADDRESS && mac === place.mac && at > since;
    });
  return (await pollUntil(`keepalived on ${place.name} to claim ${ADDRESS}`, find, PATIENCE)).at;
}
