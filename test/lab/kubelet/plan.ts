// What a container is to be when it runs: the template, the image and the Pod's folders put together, before a runtime
// makes a process of it.
import type { Identity } from './security.ts';

export type Mount = { readonly source: string; readonly target: string; readonly isReadOnly: boolean };
export type ContainerPlan = {
  readonly name: string;
  /** Of its own, outside of its root: it can be written. */
  readonly folder: string;
  readonly hostname: string;
  readonly addresses: readonly string[];
  /** Paths: the network namespace of its Pod, and its cgroup, for itself and for what starts it. */
  readonly namespace: string;
  readonly cgroup: string;
  readonly identity: Identity;
  readonly isReadOnly: boolean;
  readonly mounts: readonly Mount[];
  readonly workingDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Each word ends up as one word of the command. */
  readonly command: readonly string[];
};
